"""Whether a reply is one at all, checked where it comes from: before it is stored for ever."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from inspect_ai.model import Model, ModelAPI, ModelOutput
from tenacity import RetryError

from misground.errors import WorkError

_GUARDED = "_misground_guarded"


def guard(model: Model) -> None:
    """Make a model's provider raise where its reply is none; a stored reply is then always a good one."""
    if not hasattr(model.api, _GUARDED):
        setattr(model.api, "generate", _guarded(model.api))  # noqa: B010
        setattr(model.api, "should_retry", _retrying(model.api))  # noqa: B010
        setattr(model.api, _GUARDED, True)


def _guarded(api: ModelAPI) -> Callable[..., Awaitable[Any]]:
    generate = api.generate

    async def checked(*args: Any, **kwargs: Any) -> Any:
        result = await generate(*args, **kwargs)
        output = result[0] if isinstance(result, tuple) else result
        if isinstance(output, ModelOutput):
            check_reply(output)
        return result

    return checked


def _retrying(api: ModelAPI) -> Callable[[Exception], Any]:
    should_retry = api.should_retry

    def retrying(ex: Exception) -> Any:
        return isinstance(ex, json.JSONDecodeError) or should_retry(ex)  # half a body: a passing fault

    return retrying


def check_reply(output: ModelOutput) -> None:
    """Raises WorkError where a reply holds no message, or is in truth a server's complaint.

    Providers turn a prompt that does not fit into a reply that ends by "model_length", with the complaint as
    its text; a provider's filter is a refusal, and no error.
    """
    if not output.choices:
        raise WorkError("the reply holds no message (no choices)")
    used = output.usage.output_tokens if output.usage else 0
    if output.stop_reason == "model_length" and not used:
        raise WorkError(f"the prompt does not fit the model: {_line(output.completion)}")
    if output.error and output.stop_reason != "content_filter":
        raise WorkError(f"the model's server says: {_line(output.error)}")


def reason(error: BaseException) -> str:
    """What went wrong, in one line for people."""
    while isinstance(error, RetryError):
        error = error.last_attempt.exception() or error
        if isinstance(error, RetryError) and not error.last_attempt.failed:
            break
    name = type(error).__name__
    if isinstance(error, json.JSONDecodeError):
        return f"the reply is no JSON: {_line(str(error))}"
    if isinstance(error, WorkError):
        return _line(str(error))
    status = getattr(error, "status_code", None)
    told = f"{name} ({status})" if isinstance(status, int) else name
    return f"{told}: {_line(str(error))}" if str(error) else told


def _line(text: str, longest: int = 300) -> str:
    return " ".join(text.split())[:longest]
