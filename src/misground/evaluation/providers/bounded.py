"""What the HTTP client of a provider may do: no redirect or retry, no answer without end or with a secret."""

import zlib
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any, Final
from weakref import WeakSet

from misground.errors import UsageError, WorkError
from misground.evaluation.providers.answers import plain_answer
from misground.evaluation.secrets import clean, clean_reply
from misground.evaluation.servers import address, fetch

MOST_BYTES: Final = fetch.MOST_BYTES
GZIP_OR_ZLIB: Final = 47  # of zlib.decompressobj: the header says which
_bounded: WeakSet[Any] = WeakSet()


def bound(api: Any, place: "address.Address | None" = None) -> None:
    """Bound the HTTP client of a provider, once, and give it the secrets of its address.

    Args:
        api: Provider of inspect_ai; after it was closed it makes another client.
        place: Address of its server; None for the provider's own.

    Raises:
        UsageError: The provider has no HTTP client that is known here, and the address holds secrets.
    """
    sdk: Any = getattr(api, "client", None)
    if isinstance(getattr(sdk, "max_retries", None), int):
        sdk.max_retries = 0  # its own would multiply those that the user asked for
    client: Any = http_client(api)
    if not hasattr(client, "event_hooks") or not hasattr(client, "follow_redirects"):
        if place is not None and (place.login or place.query):
            raise UsageError(
                f"the provider of {place.url} takes no user, password or query in its address: leave them "
                "out of --base-url, and set the API key in the environment"
            )
        return
    if client in _bounded:
        return
    client.follow_redirects = False
    client.headers["Accept-Encoding"] = "identity"
    if place is not None and place.login:
        client.auth = place.login
    if place is not None and place.query:
        client.params = place.query
    hooks = client.event_hooks
    client.event_hooks = {**hooks, "response": [*hooks["response"], _bound_answer]}
    _bounded.add(client)


def http_client(api: Any) -> Any:
    """The HTTP client of a provider, of httpx or its like; None if it has none that is known here."""
    return getattr(api, "http_client", None) or getattr(getattr(api, "client", None), "_client", None)


async def _bound_answer(response: Any) -> None:
    """Replace the body of an answer, which was not read yet, by one that is bounded and clean."""
    package = import_module(type(response).__module__.partition(".")[0])  # httpx, or the one of openai
    answer = response.stream
    coding = response.headers.pop("content-encoding", "identity").lower()

    class Bounded(package.AsyncByteStream):  # type: ignore[name-defined, misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            body = await _read(answer)
            plain = body if coding == "identity" else _decompressed(body, coding)
            if response.is_success:
                chat = response.request.url.path.endswith("/chat/completions")
                yield plain_answer(_clean(plain, clean_reply), chat=chat)
            else:
                yield _clean(plain, clean)

        async def aclose(self) -> None:
            await answer.aclose()

    response.stream = Bounded()


async def _read(answer: Any) -> bytes:
    body = bytearray()
    async for part in answer:
        body += part
        if len(body) > MOST_BYTES:
            raise WorkError(f"the reply has more than {MOST_BYTES >> 20} MB")
    return bytes(body)


def _clean(body: bytes, take_out: Callable[[str], str]) -> bytes:
    text = body.decode("utf-8", "surrogateescape")
    without = take_out(text)
    return body if without == text else without.encode("utf-8", "surrogateescape")


def _decompressed(body: bytes, coding: str) -> bytes:
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise WorkError(f"the reply is compressed by {coding[:20]!r}, expected none or gzip")
    unpacked = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        plain = unpacked.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise WorkError(f"the reply is not valid {coding} ({error})") from error
    if len(plain) > MOST_BYTES:
        raise WorkError(f"the reply has more than {MOST_BYTES >> 20} MB")
    if body and not unpacked.eof:
        raise WorkError(f"the reply is not valid {coding} (it ends early)")
    return plain
