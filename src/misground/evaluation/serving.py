"""A first request to a server, before a run: its models and the software that it runs."""

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from misground.errors import UsageError

Engine = Literal["vllm", "sglang", "unknown"]
LISTED = 8


@dataclass(frozen=True)
class Served:
    """A server with an OpenAI-compatible API.

    Attributes:
        base_url: Address of the server.
        engine: Software that runs the server.
        models: Model id -> the server's entry for it; empty if the server lists no models.
    """

    base_url: str
    engine: Engine = "unknown"
    models: dict[str, dict[str, Any]] = field(default_factory=dict)

    def context_length(self, model: str) -> int | None:
        """Return the maximum tokens of prompt and reply together; None if the server does not say."""
        length = self.models.get(model, {}).get("max_model_len")
        return length if isinstance(length, int) else None


def probe(base_url: str, api_key: str | None, *, timeout: float = 20.0) -> Served:
    """Ask a server which models it has (`GET /models`). A server that lists none is accepted.

    Args:
        base_url: Address of the server, with /v1.
        api_key: API key of the server; None to send none.
        timeout: Seconds to wait for the answer.

    Raises:
        UsageError: The address is malformed, no server answers, or the server rejects the key.
    """
    address = urlsplit(base_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError(f"--base-url is {base_url!r}, expected a URL such as http://127.0.0.1:8000/v1")
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        answer = httpx.get(f"{base_url.rstrip('/')}/models", headers=headers, timeout=timeout)
    except httpx.HTTPError as error:
        raise UsageError(
            f"--base-url {base_url}: no server answers ({error or type(error).__name__}): start the server, "
            "or correct the address"
        ) from error
    if answer.status_code in {401, 403}:
        raise UsageError(
            f"--base-url {base_url} rejects the API key ({answer.status_code}): set the right one in the "
            "environment"
        )
    try:
        listed = answer.json()["data"] if answer.status_code == 200 else []
        models = {str(entry["id"]): dict(entry) for entry in listed}
    except (ValueError, TypeError, KeyError):
        models = {}
    owners = {str(entry.get("owned_by", "")).lower() for entry in models.values()}
    engine: Engine = "vllm" if "vllm" in owners else "sglang" if "sglang" in owners else "unknown"
    return Served(base_url, engine, models)


def check_model(served: Served, model: str) -> None:
    """Check that a server serves a model.

    Raises:
        UsageError: The server lists its models, and this one is not among them.
    """
    if served.models and model not in served.models:
        some = ", ".join(sorted(served.models)[:LISTED])
        raise UsageError(
            f"{served.base_url} does not serve {model!r}, expected one of {some}: change --model"
        )
