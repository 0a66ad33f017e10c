"""What a model will be sent, found out before a run by one request that is made and never sent."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import anyio
from inspect_ai.model import ChatMessageUser, GenerateConfig, Model, ModelAPI, get_model

from misground.evaluation.models import route
from misground.evaluation.providers.bounded import http_client
from misground.evaluation.sent import sampler_in
from misground.evaluation.settings import EvalSettings

_NOWHERE = "http://127.0.0.1:9/v1"


class _MadeError(BaseException):
    """The request is made; not an Exception, which a client would take for a broken connection."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body


def requested(settings: EvalSettings, max_tokens: int) -> dict[str, Any]:
    """The sampler that a run declares: setting -> value, None where it is left to the provider."""
    return {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": settings.seed,
        "max_tokens": max_tokens,
    }


def foreseen(model: Model, settings: EvalSettings, max_tokens: int) -> dict[str, Any] | None:
    """Find out which settings the provider of a model will send.

    The provider makes a request as for a question, and the request is stopped where its HTTP client would
    send it.

    Args:
        model: The model.
        settings: Settings of the run.
        max_tokens: Maximum number of tokens per reply.

    Returns:
        Setting -> value, as `sent.sampler_in` gives it; None for a model in this process, and for a provider
        whose client is not known here.
    """
    if settings.baseline or settings.local:
        return None
    api: ModelAPI = getattr(model.api, "apis", (model.api,))[0]
    config = model.config.merge(
        GenerateConfig(
            **requested(settings, max_tokens),
            reasoning_summary="none",  # with another, OpenAI's provider first asks whether it may
        )
    )
    logging.disable(logging.WARNING)  # inspect_ai names each setting that is dropped, and so do we
    try:
        body = anyio.run(_request, api, config)
    finally:
        logging.disable(logging.NOTSET)
    return None if body is None else sampler_in(body)


def placeholder(settings: EvalSettings, *, served: bool) -> Model | None:
    """Make the model of a dry run, which reaches no server and needs no key.

    Args:
        settings: Settings of the run.
        served: Whether the address of a server is given.

    Returns:
        The model; None if it cannot be made, for example because the package of its provider is missing.
    """
    if settings.baseline or settings.local:
        return None
    name = "/".join(route(settings)) if served else settings.model
    address = {"base_url": _NOWHERE} if served else {}
    try:
        return get_model(name, api_key="none", memoize=False, **address, **settings.model_args)  # type: ignore[arg-type]
    except Exception:  # a dry run says what it can; the run itself names what is missing
        return None


async def _request(api: ModelAPI, config: GenerateConfig) -> Mapping[str, Any] | None:
    client = http_client(api)
    hooks = getattr(client, "event_hooks", None)
    if not isinstance(hooks, dict) or "request" not in hooks:
        return None

    async def stop(request: Any) -> None:
        raise _MadeError(await request.aread())

    client.event_hooks = {**hooks, "request": [*hooks["request"], stop]}
    try:
        await api.generate([ChatMessageUser(content="?")], [], "none", config)
    except _MadeError as made:
        body = json.loads(made.body)
        return body if isinstance(body, dict) else None
    except Exception:  # the run itself will tell
        return None
    finally:
        client.event_hooks = hooks
    return None
