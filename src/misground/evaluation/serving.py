"""What a server at an address says of itself, before a run leans on it."""

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from misground.errors import UsageError

Engine = Literal["vllm", "sglang", "unknown"]
LISTED = 8


@dataclass(frozen=True)
class Served:
    """A server that speaks OpenAI's protocol.

    models: id -> what it says of the model; empty where it does not list any. engine: what it runs on.
    """

    base_url: str
    engine: Engine = "unknown"
    models: dict[str, dict[str, Any]] = field(default_factory=dict)

    def context_length(self, model: str) -> int | None:
        """Tokens of prompt and reply together, where the server says."""
        length = self.models.get(model, {}).get("max_model_len")
        return length if isinstance(length, int) else None


def probe(base_url: str, api_key: str | None, *, timeout: float = 20.0) -> Served:
    """Ask a server which models it has (`GET /models`).

    Raises:
        UsageError: the address is none, nothing answers there, or the key is refused. A server that lists no
            models is taken as it is.
    """
    address = urlsplit(base_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError(f"--base-url is {base_url!r}, expected one such as http://127.0.0.1:8000/v1")
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        answer = httpx.get(f"{base_url.rstrip('/')}/models", headers=headers, timeout=timeout)
    except httpx.HTTPError as error:
        raise UsageError(
            f"--base-url {base_url}: nothing answers there ({error or type(error).__name__}): start the "
            "server, or mend the address"
        ) from error
    if answer.status_code in {401, 403}:
        raise UsageError(
            f"--base-url {base_url} refuses the API key ({answer.status_code}): set the right one"
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
    """Raises UsageError where a server lists its models and this one is not among them."""
    if served.models and model not in served.models:
        some = ", ".join(sorted(served.models)[:LISTED])
        raise UsageError(f"{served.base_url} serves no model {model!r}, it serves {some}: name one of these")
