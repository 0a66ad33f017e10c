"""One request, against servers that send without end, slowly, or elsewhere."""

import contextlib
import itertools
import socket
import threading
import zlib

import pytest

from semsam import fetch as module
from semsam.errors import SemsamError
from semsam.fetch import TooLargeError, fetch
from semsam.selfcheck import check_server

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"


@pytest.fixture
def serve():
    """serve(parts) -> the address of a server that sends these parts to each connection until it is cut."""
    stop = threading.Event()
    listening = []

    def start(parts, pause=0.0):
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def answer():
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(2**20)
                    for part in parts():
                        connection.sendall(part)
                        if stop.wait(pause):
                            return
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(2**20):  # what is not read would reset the connection
                        pass

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    stop.set()
    for server in listening:
        server.close()


ENDLESS = {
    "body": lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 2**16)),
    "chunks": lambda: itertools.chain(
        [OK + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"10000\r\n" + b"x" * 2**16 + b"\r\n")
    ),
    "length": lambda: itertools.chain(
        [OK + b"Content-Length: 99999999999\r\n\r\n"], itertools.repeat(b"x" * 2**16)
    ),
}
DRIPPING = {
    "body": (OK + b"\r\n", b"x"),
    "header": (OK + b"A: ", b"x"),
    "status": (b"HTTP/1.1 200 ", b"x"),
    "headers": (OK, b"A: x\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: x\r\n"),
}
WRONG = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "long header": OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
    "many headers": OK + b"A: x\r\n" * 200 + b"\r\n",
    "wrong chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end_is_cut(serve, kind, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    with pytest.raises(TooLargeError, match="more than 1 MB"):
        fetch(serve(ENDLESS[kind]) + "/v1", {}, timeout=60)


@pytest.mark.parametrize("kind", DRIPPING)
def test_a_slow_drip_ends_with_the_time(serve, kind):
    first, again = DRIPPING[kind]
    url = serve(lambda: itertools.chain([first], itertools.repeat(again)), pause=0.02)
    with pytest.raises(TimeoutError, match=r"within 0\.3 s"):
        fetch(url + "/v1", {}, timeout=0.3)


@pytest.mark.parametrize("kind", WRONG)
def test_an_answer_that_is_not_http_is_an_error(serve, kind):
    with pytest.raises(OSError, match=r"."):
        fetch(serve(lambda: [WRONG[kind]]) + "/v1", {}, timeout=60)
    with pytest.raises(SemsamError, match="cannot reach") as raised:
        check_server(serve(lambda: [WRONG[kind]]), "name")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "a" * 300 + ".org"])
def test_a_name_that_no_host_can_have_is_an_error(host):
    with pytest.raises(OSError, match=r"."):
        fetch(f"http://{host}/v1", {}, timeout=60)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"\xff\xfe",
        b"NaN",
        b"<html>",
        zlib.compress(b"0" * 1_000_000),
    ],
    ids=["lists", "objects", "number", "bytes", "NaN", "HTML", "compressed"],
)
def test_a_body_that_is_no_answer_is_one_line(serve, body):
    url = serve(lambda: [JSON + f"Content-Length: {len(body)}\r\n\r\n".encode() + body])
    with pytest.raises(SemsamError, match="the answer holds no text"):
        check_server(url, "name")
