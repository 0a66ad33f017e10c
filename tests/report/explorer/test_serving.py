"""The server: this machine alone, names that it knows alone, and a quiet end."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from misground.errors import UsageError
from misground.report.explorer.serving import listen, serve
from misground.report.explorer.site import open_site

SERVE = """
import sys
from pathlib import Path
from misground.report.explorer import serve
serve(Path(sys.argv[1]), [], open_browser=False, say=lambda line: print(line, flush=True))
print("ended")
"""


@pytest.fixture(scope="module")
def port(mini: Path, runs: Any) -> Iterator[int]:
    pytest.importorskip("uvicorn")
    from misground.report.explorer.serving import make_server  # noqa: PLC0415

    with open_site(mini, runs) as site, listen(0) as listening:
        server = make_server(site)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def ask(port: int, path: str, method: str = "GET", host: str | None = None) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=host is not None)
    if host is not None:
        connection.putheader("Host", host)
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
def test_files_come_with_their_type_and_guarding_headers(port: int, path: str, kind: str) -> None:
    answer, content = ask(port, path)
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
def test_a_foreign_host_name_is_refused(port: int, host: str) -> None:
    answer, content = ask(port, "/data/questions.js", host=host)
    assert answer.status == 400
    assert b"misground" not in content
    guarded(answer)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1234"])
def test_this_machines_names_are_served(port: int, host: str) -> None:
    assert ask(port, "/", host=host)[0].status == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../app.py", "/js/..%2f..%2fapp.py", "/data/detail/..%2f..%2findex.html.js", "//etc/passwd",
     "/frames/%2e%2e/00.png", "/manifest.json", "/%00", "/openapi.json"],
)  # fmt: skip
def test_other_paths_are_not_found(port: int, path: str) -> None:
    answer, content = ask(port, path)
    assert answer.status == 404
    assert content == b"no such file in this explorer\n"
    guarded(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(port: int, method: str) -> None:
    assert ask(port, "/", method)[0].status == 405


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
    port = int(said.split()[0].rstrip("/").rpartition(":")[2])
    assert ask(port, "/")[0].status == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "ended\n", "")
