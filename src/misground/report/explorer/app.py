"""The explorer's web application: serves a fixed set of files to this machine only."""

from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from misground.errors import MisgroundError, one_case
from misground.report.explorer.access import Access, Guarded
from misground.report.explorer.site import Site

HOSTS: Final = ("127.0.0.1", "localhost")
"""Accepted host names. A request under any other name comes from a DNS rebinding attack."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "same-origin",  # no other page may load the data as its script
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_TYPES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "png": "image/png",
    "svg": "image/svg+xml",
}


class _WithHeaders:
    """Sets the security headers of every response, including refusals and errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)


def make_app(site: Site, access: Access, say: Callable[[str], None]) -> ASGIApp:
    """The application that serves a site: GET and HEAD of known names, nothing else.

    Args:
        site: what to serve.
        access: the secrets without which nothing is served.
        say: called with a line when a file cannot be made. The response names neither the reason nor a path.
    """

    def answer(request: Request) -> Response:
        name = request.path_params["name"] or "index.html"
        try:
            with one_case():
                content = site.read(name)
        except MisgroundError as error:
            say(f"{name} cannot be shown: {error}")
            return PlainTextResponse("this cannot be shown: the terminal of misground view says why\n", 500)
        if content is None:
            return PlainTextResponse("no such file in this explorer\n", 404)
        return Response(content, media_type=_TYPES.get(name.rpartition(".")[2], "text/plain"))

    app = Starlette(
        routes=[Route("/{name:path}", answer, methods=["GET"])],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
            Middleware(Guarded, access=access),
        ],
    )
    # Outside of all of Starlette, whose own answer to an unexpected error no middleware sees.
    return _WithHeaders(app)
