"""A check that a reply is valid, made in the provider before the reply is cached."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from inspect_ai.model import Model, ModelAPI, ModelOutput
from tenacity import RetryCallState, RetryError
from tenacity.wait import wait_base, wait_exponential, wait_random

from misground.errors import WorkError
from misground.evaluation.health import Health, is_silence, requests
from misground.evaluation.providers.answers import told_error
from misground.evaluation.providers.bounded import bound
from misground.evaluation.secrets import clean, clean_error
from misground.evaluation.sent import keep_sent
from misground.evaluation.server_words import refusal, sentence, shortened
from misground.visible import visible_line

_GUARDED = "_misground_guarded"
_BUSY = wait_exponential(3, max=1800) + wait_random(0, 3)  # the same as inspect_ai's
_SILENT = wait_exponential(1, max=60) + wait_random(0, 1)


class Patience(wait_base):
    """Seconds before the next retry: 3, 6, 12 ... for a server that is busy, 1, 2, 4 ... for a silent one."""

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the seconds to wait."""
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return (_SILENT if error is not None and is_silence(error) else _BUSY)(retry_state)


def guard(model: Model, health: Health) -> None:
    """Make the provider of a model raise an error for an invalid reply, so that none is cached.

    Args:
        model: The model.
        health: Failures of the run, which counts each request.
    """
    if not hasattr(model.api, _GUARDED):
        setattr(model.api, "generate", _guarded(model.api))  # noqa: B010
        setattr(model.api, "should_retry", _retrying(model.api))  # noqa: B010
        if model.api.retry_wait() is None:
            setattr(model.api, "retry_wait", Patience)  # noqa: B010
    setattr(model.api, _GUARDED, health)


def _guarded(api: ModelAPI) -> Callable[..., Awaitable[Any]]:
    generate = api.generate

    async def checked(*args: Any, **kwargs: Any) -> Any:
        bound(api)
        health: Health = getattr(api, _GUARDED)
        try:
            result = await generate(*args, **kwargs)
        except Exception as error:
            health.silence() if is_silence(error) else health.answer()
            cleaned = clean_error(error)
            if cleaned is error:
                raise
            raise cleaned from None
        except BaseException:  # it took too long, or the run is stopped
            health.silence()
            raise
        health.answer()
        if isinstance(result, tuple) and isinstance(result[0], Exception):
            return clean_error(result[0]), result[1]
        output = result[0] if isinstance(result, tuple) else result
        if isinstance(output, ModelOutput):
            check_reply(output)
            if isinstance(result, tuple):
                keep_sent(output, result[1])
        return result

    return checked


def _retrying(api: ModelAPI) -> Callable[[Exception], Any]:
    should_retry = api.should_retry

    def retrying(ex: Exception) -> Any:
        if not requests().left:
            return False
        if (told := told_error(ex)) is not None:
            return told.transient
        return isinstance(ex, json.JSONDecodeError) or should_retry(ex)  # a truncated body: worth a retry

    return retrying


def check_reply(output: ModelOutput) -> None:
    """Check that a reply is a message of the model.

    Providers turn the error for a prompt that is too long into a reply with the stop reason "model_length"
    and the error as its text. A reply that the provider's content filter withheld is a refusal, not an error.

    Raises:
        WorkError: The reply holds no message, or an error of the server.
    """
    if not output.choices:
        raise WorkError("the reply contains no message (no choices)")
    used = output.usage.output_tokens if output.usage else 0
    if output.stop_reason == "model_length" and not used:
        words = sentence(clean(output.completion)) or "the server gave no reason"
        raise WorkError(f"the prompt is too long for the model: {_line(words)}")
    if output.error and output.stop_reason != "content_filter":
        words = sentence(clean(output.error)) or "the server gave no reason"
        raise WorkError(f"the server reports an error: {_line(words)}")


def reason(error: BaseException) -> str:
    """Describe an error in one line for people."""
    while isinstance(error, RetryError):
        error = error.last_attempt.exception() or error
        if isinstance(error, RetryError) and not error.last_attempt.failed:
            break
    name = type(error).__name__
    if isinstance(error, json.JSONDecodeError):
        return f"the reply is not valid JSON: {_line(str(error))}"
    if isinstance(error, WorkError):
        return _line(str(error))
    if isinstance(error.__cause__, WorkError):  # a client's "Connection error." says less
        return _line(str(error.__cause__))
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and 300 <= status < 400:
        return f"the server redirects ({status}), which is not followed: give the final address"
    if (refused := refusal(error)) is not None:
        return f"{refused.name} ({refused.status}): {_line(shortened(clean(refused.words)))}"
    kind = f"{name} ({status})" if isinstance(status, int) else name
    return f"{kind}: {_line(str(error))}" if str(error) else kind


def _line(text: str, longest: int = 300) -> str:
    return visible_line(" ".join(clean(text).split()))[:longest]
