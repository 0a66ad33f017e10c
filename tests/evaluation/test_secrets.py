"""What is secret about a server is sent to it, and stands in no file, log or message of a run."""

import base64
import gzip
import json
import re
import traceback
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import pytest
from inspect_ai.model import ChatMessageUser, GenerateConfig

from misground.cli.evaluating import _model_arg
from misground.errors import UsageError, WorkError
from misground.evaluation import secrets
from misground.evaluation.models import ready
from misground.evaluation.providers import bounded
from misground.evaluation.replies import reason
from misground.evaluation.settings import EvalSettings
from semsam.address import parse_address

PASSWORD, QUERY, KEY = "pass/w0rd+x", "query=s3cret", "environment-s3cret"
USERINFO = f"me:{PASSWORD.replace('/', '%2F')}"
BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
FOUND = re.compile("|".join(map(re.escape, (PASSWORD, "pass%2Fw0rd", "s3cret", BASIC))), re.IGNORECASE)


class Echoing(BaseHTTPRequestHandler):
    """Sends back whatever secret it gets, and keeps it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        heard = self._heard()
        self._say(200, {"data": [{"id": "mock", "owned_by": "vllm", "root": heard}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        heard = self._heard()
        status = self.server.status  # type: ignore[attr-defined]
        self._say(status, {"error": {"message": f"no: {heard}", "code": heard, "type": heard}})

    def _heard(self) -> str:
        sent = self.headers.get("Authorization", "")
        plain = base64.b64decode(sent[6:]).decode() if sent.startswith("Basic ") else ""
        self.server.heard.append(f"{self.path} {sent}")  # type: ignore[attr-defined]
        return f"{self.path} {sent} {plain}"

    def _say(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if 300 <= status < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere?{QUERY}")  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), Echoing)
    http.heard, http.status = [], 500  # type: ignore[attr-defined]
    thread = Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield http
    http.shutdown()
    http.server_close()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_known", set())
    for name in ("OPENAI_API_KEY", "VLLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def everything(folder: Path) -> Iterator[tuple[Path, str]]:
    """The text of every file, also within archives."""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".eval":
                with zipfile.ZipFile(path) as archive:
                    data = b"\n".join(map(archive.read, archive.namelist()))
            elif path.suffix == ".gz":
                data = gzip.decompress(data)
            yield path, data.decode("utf-8", "replace")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "model", "status"),
    [
        (f"http://{USERINFO}@HOST/v1?{QUERY}", "mock", 500),
        ("", "openai/mock", 500),
    ],
    ids=["login and query", "address of the environment"],
)
def test_no_secret_of_a_server_is_written_or_printed(
    misground: Callable[..., Any],
    mini: Path,
    tmp_path: Path,
    server: Any,
    address: str,
    model: str,
    status: int,
) -> None:
    server.status = status
    host = f"127.0.0.1:{server.server_port}"
    environment = {"VLLM_API_KEY": KEY, "OPENAI_API_KEY": KEY, "HOME": str(tmp_path)}
    environment["XDG_DATA_HOME"] = str(tmp_path / "data")
    if not address:
        environment["OPENAI_BASE_URL"] = f"http://{USERINFO}@{host}/v1"
    base_url = ["--base-url", address.replace("HOST", host)] if address else []
    options = ["--limit", 2, "--epochs", 1, "--filter", "condition=text_only", "--no-validate"]
    log_dir = tmp_path / "log"
    run = misground(
        "eval", mini, "--model", model, *base_url, *options, "--max-retries", 0, "--log-dir", log_dir,
        environment=environment, cwd=tmp_path, timeout=300,
    )  # fmt: skip
    assert run.returncode == 1, run.stderr
    assert FOUND.search(" ".join(server.heard)), "the server got no secret"
    assert not FOUND.search(run.stdout + run.stderr)
    written = dict(everything(tmp_path))
    assert log_dir / "run.json" in written
    assert [path for path, text in written.items() if FOUND.search(text)] == []


def test_a_redirected_question_goes_nowhere(server: Any) -> None:
    server.status = 307
    model = ready(EvalSettings(model="mock"), [f"http://127.0.0.1:{server.server_port}/v1"]).model
    with pytest.raises(Exception, match="307") as raised:
        anyio.run(_ask, model)
    assert reason(raised.value) == (
        "the server redirects (307), which is not followed: give the final address"
    )
    asked = [heard.split()[0] for heard in server.heard]
    assert asked.count("/v1/chat/completions") == 1
    assert asked[-1] == "/v1/chat/completions"


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_what_a_server_sends_back_is_clean(server: Any, status: int) -> None:
    server.status = status
    url = f"http://{USERINFO}@127.0.0.1:{server.server_port}/v1?{QUERY}"
    model = ready(EvalSettings(model="mock"), [url]).model
    try:
        found = anyio.run(_ask, model)
    except Exception as error:
        found = [error, getattr(error, "body", None), traceback.format_exception(error)]
    assert len(server.heard) >= 2
    assert not FOUND.search(repr(found))


def test_the_record_holds_addresses_without_secrets(server: Any) -> None:
    url = f"http://{USERINFO}@127.0.0.1:{server.server_port}/v1?{QUERY}"
    model = ready(EvalSettings(model="mock"), [url])
    assert model.base_urls == (f"http://127.0.0.1:{server.server_port}/v1",)
    assert not FOUND.search(json.dumps([model.description, model.model.model_args], default=str))
    assert server.heard[0] == f"/v1/models?{QUERY} Basic {BASIC}"
    assert all(heard.endswith(f"?{QUERY} Basic {BASIC}") for heard in server.heard)


@pytest.mark.parametrize(
    "url", [f"http://{USERINFO}@[::1", f"ftp://{USERINFO}@host", f"http://{USERINFO}@127.0.0.1:9/v1?{QUERY}"]
)
def test_an_address_that_fails_is_named_without_secrets(url: str) -> None:
    with pytest.raises(UsageError, match="--base-url") as raised:
        ready(EvalSettings(model="mock"), [url])
    assert not FOUND.search(str(raised.value))


def test_a_server_that_redirects_the_first_request_is_refused(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Echoing, "do_GET", lambda self: self._say(307, {}))
    with pytest.raises(UsageError, match=r"redirects to .*, which is not followed") as raised:
        ready(EvalSettings(model="mock"), [f"http://127.0.0.1:{server.server_port}/v1"])
    assert "s3cret" not in str(raised.value)
    assert server.heard == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "x"},
        {"token": "x"},
        {"AuthToken": "x"},
        {"aws_secret_access_key": "x"},
        {"default_headers": {"Authorization": "x"}},
        {"default_headers": [{"X-Api-Key": "x"}]},
        {"default_headers": {"x": "Bearer x"}},
        {"endpoint": "https://me:x@host"},
        {"endpoint": "https://host/?sig=x"},
    ],
)
def test_an_argument_that_holds_a_secret_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"-M \w+ would put .* in the environment instead"):
        EvalSettings(model="openai/x", model_args=arguments)


@pytest.mark.parametrize(
    "arguments", [{"max_tokens": 3}, {"tokenizer": "x"}, {"endpoint": "https://host/v1"}]
)
def test_any_other_argument_is_taken(arguments: dict[str, Any]) -> None:
    assert EvalSettings(model="openai/x", model_args=arguments).model_args == arguments


def test_an_address_as_the_model_is_refused_without_its_secrets() -> None:
    with pytest.raises(UsageError, match="give an address with --base-url") as raised:
        EvalSettings(model=f"http://{USERINFO}@host/v1?{QUERY}")
    assert not FOUND.search(str(raised.value))


def test_a_placeholder_is_no_secret() -> None:
    secrets.remember(["none", "EMPTY", None, "", "ab"])
    assert secrets.clean("none EMPTY ab") == "none EMPTY ab"


def test_an_exception_keeps_its_type_and_loses_its_secrets() -> None:
    secrets.remember([KEY])
    error = ValueError(f"told {KEY}", {"body": [KEY]})
    error.__cause__ = KeyError(f"cause {KEY}")
    cleaned = secrets.clean_error(error)
    assert cleaned is error
    assert KEY not in repr(cleaned) + repr(cleaned.__cause__)


def test_an_exception_that_writes_its_own_text_is_replaced() -> None:
    class OwnError(Exception):
        def __str__(self) -> str:
            return f"told {KEY}"

    secrets.remember([KEY])
    cleaned = secrets.clean_error(OwnError())
    assert isinstance(cleaned, WorkError)
    assert str(cleaned) == "OwnError: told ***"


class Bodies(BaseHTTPRequestHandler):
    """Answers every question with the body of its server."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        for name, value in self.server.headers:  # type: ignore[attr-defined]
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Nothing."""


REPLY = {
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "left"}}]
}
WHOLE = {**REPLY, "id": "x", "object": "chat.completion", "created": 0, "model": "mock"}


async def _ask(model: Any) -> Any:
    try:
        return await model.api.apis[0].generate([ChatMessageUser(content="?")], [], "auto", GenerateConfig())
    finally:
        await model.api.aclose()


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (json.dumps(WHOLE).encode(), [], None),
        (gzip.compress(json.dumps(WHOLE).encode()), [("Content-Encoding", "gzip")], None),
        (b" " * 3_000_000, [], "the reply has more than 2 MB"),
        (gzip.compress(b" " * 3_000_000), [("Content-Encoding", "gzip")], "the reply has more than 2 MB"),
        (b"x", [("Content-Encoding", "gzip")], "the reply is not valid gzip"),
        (b"x", [("Content-Encoding", "br")], "the reply is compressed by 'br', expected none or gzip"),
    ],
    ids=["plain", "gzip", "large", "bomb", "broken", "other coding"],
)
def test_a_reply_is_read_within_limits(
    monkeypatch: pytest.MonkeyPatch, body: bytes, headers: Any, told: str | None
) -> None:
    monkeypatch.setattr(bounded, "MOST_BYTES", 2 * 2**20)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Bodies)
    http.headers, http.body = headers, body  # type: ignore[attr-defined]
    Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        model = ready(EvalSettings(model="mock"), [f"http://127.0.0.1:{http.server_port}/v1"]).model
        if told is None:
            assert anyio.run(_ask, model)[0].completion == "left"
        else:
            with pytest.raises(Exception, match=r".") as raised:
                anyio.run(_ask, model)
            assert reason(raised.value).startswith(told)
    finally:
        http.shutdown()
        http.server_close()


def test_a_provider_without_a_known_client_takes_no_secret() -> None:
    with pytest.raises(UsageError, match=r"takes no user, password or query") as raised:
        bounded.bound(object(), parse_address(f"http://{USERINFO}@host/v1?{QUERY}"))
    assert not FOUND.search(str(raised.value))


@pytest.mark.parametrize(
    "text", ["api_key=[s3cret", "api_key:s3cret", "token=s3cret", "x=http://me:s3cret@host"]
)
def test_an_option_that_holds_a_secret_is_refused_without_it(text: str) -> None:
    with pytest.raises(UsageError, match=r"^-M ") as raised:
        EvalSettings(model="openai/x", model_args=dict([_model_arg(text)]))
    assert "s3cret" not in str(raised.value)
