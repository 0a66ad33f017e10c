"""Serving the explorer on this machine until the user stops it."""

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from misground.errors import UsageError
from misground.report.explorer.site import Site, open_site

if TYPE_CHECKING:
    import uvicorn

    from misground.report.explorer.access import Access

HOST: Final = "127.0.0.1"


def serve(
    out: Path,
    results: Sequence[Path],
    *,
    port: int = 0,
    open_browser: bool = True,
    say: Callable[[str], None],
) -> None:
    """Serve the explorer of a benchmark and its runs at 127.0.0.1 until Ctrl-C.

    Args:
        out: a finished benchmark folder.
        results: log folders or results.parquet files of runs on it.
        port: 0 for any free port.
        open_browser: open the page in a browser if this machine has a screen.
        say: called with a line that names the address, and with one for each file that cannot be shown.

    Raises:
        UsageError: `out`, `results` or `port` cannot be used, or the server's packages are not installed.
    """
    with listen(port) as listening, open_site(out, results) as site:
        server, access = make_server(site, say)
        url = address(listening)
        _ = site.questions  # computed before the first request for it
        say(f"{url}{access.query()} (press Ctrl-C to stop)")
        if open_browser and _has_screen():
            once = url + access.query_once()
            threading.Thread(target=webbrowser.open, args=(once,), daemon=True).start()
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            return


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1. Raises UsageError if the port is not available."""
    if not 0 <= port <= 65535:
        raise UsageError(f"found port {port}, expected 0 to 65535")
    listening = socket.socket()
    try:
        if os.name == "posix":  # elsewhere it would let two servers share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        found = "is in use" if taken else f"cannot be used ({error.strerror or error})"
        raise UsageError(
            f"port {port} {found}: choose another with --port, or omit --port to use any free one"
        ) from error
    return listening


def address(listening: socket.socket) -> str:
    """The URL of the page, without a secret."""
    return f"http://{HOST}:{listening.getsockname()[1]}/"


def make_server(site: Site, say: Callable[[str], None]) -> tuple["uvicorn.Server", "Access"]:
    """The server for a site, not started yet, and the secrets of its address; `say` as in `serve`."""
    try:
        # Imported late: reading and exporting need neither.
        import uvicorn  # noqa: PLC0415

        from misground.report.explorer.access import Access  # noqa: PLC0415
        from misground.report.explorer.app import make_app  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            f"the explorer's server needs {error.name}: pip install 'misground[report]', or use --export"
        ) from error
    access = Access()
    config = uvicorn.Config(
        make_app(site, access, say),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config), access


def _has_screen() -> bool:
    """Whether a browser can open a window; without a screen, a text browser would take over the terminal."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
