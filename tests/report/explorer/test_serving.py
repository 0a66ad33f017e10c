"""The server: this machine alone, names that it knows alone, and a quiet end."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote, urlsplit

import pytest

from misground.errors import UsageError
from misground.report.explorer.serving import listen, serve
from misground.report.explorer.site import Site, open_site

SERVE = """
import sys
from pathlib import Path
from misground.report.explorer import serve
serve(Path(sys.argv[1]), [], open_browser=False, say=lambda line: print(line, flush=True))
print("ended")
"""


@dataclass
class Served:
    """A running explorer, and what it said on the terminal."""

    port: int
    site: Site
    token: str
    code: str
    said: list[str] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        return f"misground-{self.port}={self.token}"

    def ask(
        self, path: str, method: str = "GET", host: str | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """Ask with the cookie of this account."""
        return ask(self.port, path, method, host, **{"Cookie": self.cookie, **headers})


@pytest.fixture(scope="module")
def served(mini: Path, runs: Any) -> Iterator[Served]:
    pytest.importorskip("uvicorn")
    from misground.report.explorer.serving import make_server  # noqa: PLC0415

    said: list[str] = []
    with open_site(mini, runs) as site, listen(0) as listening:
        server, access = make_server(site, said.append)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        yield Served(listening.getsockname()[1], site, access.token, access.query_once(), said)
        server.should_exit = True
        thread.join()


def ask(
    port: int, path: str, method: str = "GET", host: str | None = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=host is not None)
    if host is not None:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/app.css", "text/css"), ("/js/main.js", "text/javascript"),
     ("/data/questions.js", "text/javascript"), ("/icon.svg", "image/svg+xml")],
)  # fmt: skip
def test_files_come_with_their_type_and_guarding_headers(served: Served, path: str, kind: str) -> None:
    answer, content = served.ask(path)
    assert answer.status == 200
    assert content
    assert (answer.getheader("content-type") or "").startswith(kind)
    guarded(answer)


def guarded(answer: HTTPResponse) -> None:
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("cross-origin-resource-policy") == "same-origin"
    policy = answer.getheader("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1]"])
def test_a_foreign_host_name_is_refused(served: Served, host: str) -> None:
    answer, content = served.ask("/data/questions.js", host=host)
    assert answer.status == 400
    assert b"misground" not in content
    guarded(answer)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1234"])
def test_this_machines_names_are_served(served: Served, host: str) -> None:
    assert served.ask("/", host=host)[0].status == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../app.py", "/js/..%2f..%2fapp.py", "/data/detail/..%2f..%2findex.html.js", "//etc/passwd",
     "/frames/%2e%2e/00.png", "/manifest.json", "/%00", "/openapi.json"],
)  # fmt: skip
def test_other_paths_are_not_found(served: Served, path: str) -> None:
    answer, content = served.ask(path)
    assert answer.status == 404
    assert content == b"no such file in this explorer\n"
    guarded(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(served: Served, method: str) -> None:
    assert served.ask("/", method)[0].status == 405


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/app.css", "/data/questions.js", "/nothing", "/?token="]
)
def test_another_account_of_the_machine_gets_nothing(served: Served, path: str) -> None:
    answer, content = ask(served.port, path)
    assert answer.status == 403
    assert content.startswith(b"this explorer opens only from the address")
    assert answer.getheader("set-cookie") is None
    guarded(answer)


@pytest.mark.parametrize("value", ["", "x", "\u00e9", "x" * 5000])
@pytest.mark.parametrize("where", ["cookie", "token", "code"])
def test_a_guess_gets_nothing(served: Served, where: str, value: str) -> None:
    guess = quote(value)
    cookie = {"Cookie": f"misground-{served.port}={guess}"} if where == "cookie" else {}
    path = "/data/questions.js" if where == "cookie" else f"/?{where}={guess}"
    assert ask(served.port, path, **cookie)[0].status == 403


def test_the_secret_is_no_key_to_other_paths(served: Served) -> None:
    assert ask(served.port, f"/data/questions.js?token={served.token}")[0].status == 403


def test_the_address_gives_the_page_and_a_cookie_that_scripts_and_other_sites_cannot_use(
    served: Served,
) -> None:
    for _ in range(2):  # the printed address opens again
        answer, content = ask(served.port, f"/?token={served.token}")
        assert (answer.status, content[:15]) == (200, b"<!doctype html>")
        cookie = answer.getheader("set-cookie") or ""
        assert cookie == f"{served.cookie}; HttpOnly; Path=/; SameSite=Strict"
        guarded(answer)
    assert served.ask("/data/questions.js")[0].status == 200


def test_the_address_that_a_browser_is_started_with_opens_once(served: Served) -> None:
    assert served.token not in served.code
    assert ask(served.port, f"/{served.code}")[0].status == 200
    assert ask(served.port, f"/{served.code}")[0].status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_guesses_the_port_gets_nothing(served: Served, site: str) -> None:
    # A page at another port of 127.0.0.1 is of the same site, so its requests bring the cookie.
    assert served.ask("/data/questions.js", Sec_Fetch_Site=site)[0].status == 403
    assert served.ask("/data/questions.js", Sec_Fetch_Site="same-origin")[0].status == 200


def test_a_file_that_cannot_be_made_is_a_plain_500_and_a_line_on_the_terminal(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, said in (
        (KeyError("x"), "unexpected KeyError at "),
        (UsageError("/secret/place: broken"), "/secret/place: broken"),
    ):
        served.said.clear()
        monkeypatch.setattr(served.site, "read", Mock(side_effect=error))
        answer, content = served.ask("/data/questions.js")
        assert answer.status == 500
        assert content == b"this cannot be shown: the terminal of misground view says why\n"
        assert said in served.said[0]
        guarded(answer)


def test_a_taken_port_is_told_in_a_line(mini: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {number} is in use: choose another with --port"):
            serve(mini, [], port=number, open_browser=False, say=lambda _: None)


@pytest.mark.parametrize("number", [-1, 65536])
def test_a_port_that_is_none_is_told(number: int) -> None:
    with pytest.raises(UsageError, match="expected 0 to 65535"):
        listen(number)


def test_the_socket_listens_on_this_machine_alone() -> None:
    with listen(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_without_the_server_a_line_says_what_to_install(mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UsageError, match=r"uvicorn: pip install 'misground\[report\]', or use --export"):
        serve(mini, [], open_browser=False, say=lambda _: None)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_it_says_its_address_and_ends_quietly_on_ctrl_c(mini: Path) -> None:
    pytest.importorskip("uvicorn")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(mini)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("http://127.0.0.1:")
    url = urlsplit(said.split()[0])
    assert url.port is not None
    assert ask(url.port, "/")[0].status == 403
    assert ask(url.port, f"/?{url.query}")[0].status == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "ended\n", "")
