"""Which API key a server receives: the key of its own kind of server, and OpenAI's key for OpenAI alone."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from semsam.address import shown
from semsam.errors import UsageError


def server_key(
    base_url: str,
    engine: str,
    *,
    variable: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str | None:
    """Choose the API key to send to a server.

    Args:
        base_url: Address of the server.
        engine: Software that runs it, "vllm" or "sglang".
        variable: Environment variable that holds the key. None selects OPENAI_API_KEY for
            https://openai.com and its subdomains, and VLLM_API_KEY or SGLANG_API_KEY, by engine, for
            every other server.
        environment: Variables to look up the key in.

    Returns:
        The key, or None if `variable` is None and the selected variable is unset or empty.

    Raises:
        UsageError: `variable` is unset or empty, or it names a key of OpenAI and the server is not OpenAI's.

    Examples:
        >>> keys = {"OPENAI_API_KEY": "key of OpenAI", "VLLM_API_KEY": "key of my server"}
        >>> server_key("http://127.0.0.1:8000/v1", "vllm", environment=keys)
        'key of my server'
        >>> server_key("https://api.openai.com/v1", "vllm", environment=keys)
        'key of OpenAI'
        >>> server_key("http://127.0.0.1:30000/v1", "sglang", environment=keys) is None
        True
    """
    openai = _is_openai(base_url)
    if variable is None:
        return environment.get("OPENAI_API_KEY" if openai else f"{engine.upper()}_API_KEY") or None
    if variable.upper().startswith("OPENAI_") and not openai:
        raise UsageError(
            f"{variable} holds a key of OpenAI, but the base URL is {shown(base_url)!r}: "
            f"name the variable of this server's own key, such as {engine.upper()}_API_KEY"
        )
    key = environment.get(variable)
    if not key:
        raise UsageError(f"the environment variable {variable} is not set: set it to the server's API key")
    return key


def _is_openai(base_url: str) -> bool:
    """Whether an address belongs to OpenAI and is encrypted, so that nobody else can read the key."""
    try:
        address = urlsplit(base_url)
        host = (address.hostname or "").rstrip(".")
    except ValueError:
        return False
    return address.scheme == "https" and (host == "openai.com" or host.endswith(".openai.com"))
