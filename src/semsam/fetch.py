"""One request to a server that nothing is known of: one address, so much time, so many bytes.

Redirects are not followed, because the key would go to a host that the user did not name. This module needs
the standard library only; `misground.evaluation` uses it without torch.
"""

import contextlib
import http.client
import importlib.util
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

MOST_BYTES = 16 * 2**20  # of one answer; a reply of 9,000 tokens has a hundredth
AT_ONCE = 2**16
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class TooLargeError(OSError):
    """An answer is larger than MOST_BYTES."""


class Answer(NamedTuple):
    """The answer of a server.

    Attributes:
        status: Status code.
        body: The body, at most MOST_BYTES.
        location: Where the server redirects to; None if it does not say.
    """

    status: int
    body: bytes
    location: str | None = None

    @property
    def redirects(self) -> bool:
        """Whether the server wants the request sent elsewhere."""
        return 300 <= self.status < 400

    def json(self) -> Any:
        """Return the body as JSON; None if it is not, or nested too deeply to be read."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def fetch(url: str, headers: Mapping[str, str], *, timeout: float, body: bytes | None = None) -> Answer:
    """Send one request, and read the whole answer.

    Args:
        url: Full address (`Address.to`).
        headers: Headers of the request.
        timeout: Seconds for everything together, so that a slow drip of bytes ends too.
        body: Body of a POST request; None for a GET request.

    Returns:
        The answer, whatever its status.

    Raises:
        TimeoutError: The answer is not complete in time.
        TooLargeError: The answer has more than MOST_BYTES.
        OSError: No connection, or no answer that is HTTP.
    """
    watch = _Watch(timeout)
    here = urlsplit(url).hostname in HERE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({} if here else None),  # a local server is not behind a proxy
        _NoRedirects,
        _Http(watch),
        _Https(watch),
    )
    request = urllib.request.Request(url, body, dict(headers))
    try:
        with watch:
            try:
                answer = opener.open(request, timeout=timeout)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                return Answer(answer.status, _read(answer), answer.headers.get("Location"))
    except TooLargeError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: such as a host name that cannot be encoded.
        cause = getattr(error, "reason", error)
        if watch.over or isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
            raise TimeoutError(f"no complete answer within {timeout:g} s") from error
        if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError):
            raise OSError("the answer is not HTTP") from error  # it may be of any length: not quoted
        raise OSError(" ".join(str(cause).split()) or type(error).__name__) from error


def _read(answer: Any) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError(f"the answer has more than {MOST_BYTES >> 20} MB")
    return b"".join(parts)


class _Watch:
    """Ends a connection when its time is over, whatever it is doing: also in headers, which have no end."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self.sockets: list[socket.socket] = []
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: Any, *_: object) -> None:
        self._timer.cancel()
        if self.over and kind is None:  # a cut connection looks like the end of the body
            raise TimeoutError

    def _end(self) -> None:
        self.over = True
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not SSLSocket's own, which drops its state

    def connection(self, kind: type[http.client.HTTPConnection]) -> Callable[..., Any]:
        """Make a class of connection that the watch can end."""
        watch = self

        class Watched(kind):  # type: ignore[misc, valid-type]
            def connect(self) -> None:
                super().connect()
                watch.sockets.append(self.sock)
                if watch.over:
                    watch._end()

        return Watched


class _Http(urllib.request.HTTPHandler):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._connection = watch.connection(http.client.HTTPConnection)

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._connection, request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._connection = watch.connection(http.client.HTTPSConnection)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._connection, request, context=_certificates())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: urllib would drop the request's body and send its API key along, to any host."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse: the caller gets the redirect as it is."""


def _certificates() -> ssl.SSLContext:
    """Trust what the system trusts, and certifi's list where it is installed: some Pythons come with none."""
    context = ssl.create_default_context()
    if importlib.util.find_spec("certifi") is not None:
        context.load_verify_locations(importlib.import_module("certifi").where())
    return context
