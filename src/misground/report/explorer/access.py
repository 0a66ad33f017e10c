"""Who may use the explorer: whoever was given its address.

A port of 127.0.0.1 can be reached by every account of the machine, and by every page in a browser of it. So
the address carries a secret. The request with it is answered with a cookie, which all others must bring.
"""

import hmac
import secrets
from threading import Lock
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REFUSED: Final = (
    "this explorer opens only from the address that `misground view` printed, with its token: copy it again\n"
)
_OWN: Final = {"none", "same-origin"}


class Access:
    """The secrets of one explorer: the token of its address, and a code for the browser that it opens."""

    def __init__(self) -> None:
        self.token: Final = secrets.token_urlsafe(32)
        self._code: str | None = secrets.token_urlsafe(32)
        self._lock = Lock()

    def query(self) -> str:
        """The end of the address to print; it can be used again and again."""
        return "?" + urlencode({"token": self.token})

    def query_once(self) -> str:
        """The end of an address that opens once.

        Programs started on this machine show their arguments to every account, a browser its address.
        """
        return "?" + urlencode({"code": self._code or ""})

    def opens(self, query: QueryParams) -> bool:
        """Whether an address carries a secret; a code is spent by this."""
        if _equal(query.get("token"), self.token):
            return True
        with self._lock:
            if self._code is None or not _equal(query.get("code"), self._code):
                return False
            self._code = None
            return True

    def knows(self, cookie: str | None) -> bool:
        """Whether a cookie is the one that an address with a secret was answered with."""
        return _equal(cookie, self.token)


class Guarded:
    """An application that answers only requests with the secret, and refuses all others with status 403."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: as the application does, or with a refusal."""
        connection = HTTPConnection(scope)
        name = cookie_name(scope)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{name}={self._access.token}; HttpOnly; Path=/; SameSite=Strict"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        if connection.url.path == "/" and self._access.opens(connection.query_params):
            # The page itself, not a redirect to it: a browser that comes from a page elsewhere, such as a
            # terminal in a notebook, would not send the cookie with a redirected request.
            await self._app(scope, receive, with_cookie)
        elif self._access.knows(connection.cookies.get(name)) and _from_here(connection):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(REFUSED, 403)(scope, receive, send)


def cookie_name(scope: Scope) -> str:
    """The cookie's name, with the port: cookies do not know ports, and two explorers may run at a time."""
    return f"misground-{(scope.get('server') or ('', 0))[1]}"


def _from_here(connection: HTTPConnection) -> bool:
    """Whether a page of this explorer asks, or the user; a browser says so in every request."""
    return connection.headers.get("sec-fetch-site", "none") in _OWN


def _equal(given: str | None, secret: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), secret.encode())
