"""The self-check against stand-ins of a server: with the rule, without it, and broken in several ways."""

import contextlib
import json
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from semsam.engines.request import parse_request
from semsam.errors import SemsamError, SettingsError, UsageError
from semsam.selfcheck import PROMPTS, Verdict, check_server

WORDS = ["alpha", "beta", "gamma", "delta"]


def vllm_with_the_rule(body, *, validates=True, effective=True):
    """Answers as vLLM would: 400 for wrong parameters, a text that draws change."""
    try:
        asked = parse_request(body.get("vllm_xargs"), temperature=body["temperature"]) if validates else None
    except SettingsError as error:
        return 400, {"error": {"message": str(error), "code": 400}}
    drawn = effective and asked is not None and asked.settings.mode == "softmax"
    source = random.Random(body["seed"] if drawn else 0)
    text = " ".join(source.choices(WORDS, k=body["max_tokens"]) if drawn else WORDS)
    return 200, {"choices": [{"text": f"{body['prompt']} {text}"}]}


def first_token_alone(body):
    """Answers as a server whose speculative decoding skips processors when it verifies drafts."""
    rule = body.get("custom_params") if "custom_logit_processor" in body else None
    drawn = rule is not None and rule.get("semsam_mode") == "softmax"
    first = random.Random(body["seed"]).choice(WORDS) if drawn else WORDS[0]
    return 200, {"choices": [{"text": " ".join([first, "and", "so", "on"])}]}


def sglang_with_the_rule(body):
    """Answers as SGLang would: parameters count where the processor comes along, and are never refused."""
    rule = body.get("custom_params") if "custom_logit_processor" in body else None
    status, answer = vllm_with_the_rule({**body, "vllm_xargs": rule})
    return (status, answer) if status == 200 else vllm_with_the_rule({**body, "vllm_xargs": None})


@pytest.fixture
def serve():
    """serve(answer) -> the address of a server that gives answer(body), and the bodies that it got."""
    servers = []

    def start(answer):
        got = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                got.append((self.path, dict(self.headers), body))
                status, said, *location = answer(body)
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                for address in location:
                    self.send_header("Location", address)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(data)

            def do_GET(self):  # a redirected POST becomes a GET
                got.append((self.path, dict(self.headers), None))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Nothing to the terminal."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}", got

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_a_server_with_the_rule_is_on(serve, path):
    url, got = serve(vllm_with_the_rule)
    check = check_server(url + path, "name", api_key="secret")
    assert check.verdict == Verdict.ON
    assert check.is_on
    assert (check.changed, check.prompts) == (0, len(PROMPTS))
    assert {asked for asked, _, _ in got} == {"/v1/completions"}
    assert all(
        headers["Authorization"] == "Bearer secret" and body["model"] == "name" for _, headers, body in got
    )
    assert str(check).startswith("semantic sampling is on: ")


def test_a_server_that_ignores_the_parameters_is_not_loaded(serve):
    url, _ = serve(lambda body: vllm_with_the_rule(body, validates=False))
    check = check_server(url, "name")
    assert check.verdict == Verdict.NOT_LOADED
    assert not check.is_on
    assert "answered 200 to a request with semsam_top_m -1" in check.reason


def test_another_refusal_than_the_rules_own_is_not_loaded(serve):
    def strict(body):
        return (
            (400, {"message": "vllm_xargs is unknown"}) if "vllm_xargs" in body else vllm_with_the_rule(body)
        )

    assert check_server(serve(strict)[0], "name").verdict == Verdict.NOT_LOADED


def test_a_class_that_validates_and_changes_nothing_has_no_effect(serve):
    url, _ = serve(lambda body: vllm_with_the_rule(body, effective=False))
    check = check_server(url, "name")
    assert check.verdict == Verdict.NO_EFFECT
    assert "3 of 3 prompts gave the same text again" in check.reason
    assert str(check).startswith("semantic sampling is loaded, but no effect on these prompts: ")


def test_one_prompt_without_an_effect_is_enough_to_doubt(serve):
    url, _ = serve(lambda body: vllm_with_the_rule(body, effective=body["prompt"] != PROMPTS[1]))
    assert check_server(url, "name").verdict == Verdict.NO_EFFECT


def test_a_rule_that_acts_on_the_first_token_alone_is_not_on(serve):
    url, got = serve(first_token_alone)
    check = check_server(url, "name", engine="sglang")
    assert check.verdict == Verdict.FIRST_TOKENS
    assert not check.is_on
    assert "speculative decoding may skip logits processors" in check.reason
    drawn = [body for _, _, body in got if body.get("custom_params", {}).get("semsam_mode") == "softmax"]
    assert len(drawn) == len(PROMPTS) * (drawn[0]["custom_params"]["semsam_top_m"] + 1)


def test_a_first_token_that_no_seed_fixes_is_no_proof_either(serve):
    """SGLang ignores seeds unless it is started for deterministic inference."""
    url, _ = serve(lambda body: first_token_alone({**body, "seed": None}))
    assert not check_server(url, "name", engine="sglang").is_on


def test_a_server_that_speculates_and_never_runs_processors_has_no_effect(serve):
    url, _ = serve(lambda body: first_token_alone({**body, "custom_params": {}}))
    check = check_server(url, "name", engine="sglang")
    assert check.verdict == Verdict.NO_EFFECT
    assert "speculative decoding may skip logits processors" in check.reason


def test_sglang_is_asked_with_the_processor(serve):
    url, got = serve(sglang_with_the_rule)
    assert check_server(url, "name", engine="sglang").verdict == Verdict.ON
    assert any(body.get("custom_params") == {"semsam": True} for _, _, body in got)


def test_sglang_without_custom_processors_is_not_loaded(serve):
    def refuse(body):
        if "custom_logit_processor" in body:
            return 400, {"message": "The server is not configured to enable custom logit processor."}
        return vllm_with_the_rule(body)

    check = check_server(serve(refuse)[0], "name", engine="sglang")
    assert check.verdict == Verdict.NOT_LOADED
    assert "not configured to enable" in check.reason


def test_a_server_that_ignores_everything_has_no_effect_on_sglang(serve):
    url, _ = serve(lambda body: vllm_with_the_rule(body, validates=False))
    assert check_server(url, "name", engine="sglang").verdict == Verdict.NO_EFFECT


def test_a_refused_plain_request_is_an_error_with_what_the_server_says(serve):
    url, _ = serve(lambda _: (404, {"error": {"message": "The model `name`\ndoes not exist."}}))
    with pytest.raises(SemsamError, match=r"answered 404 to a request: The model `name` does not exist\."):
        check_server(url, "name")


@pytest.mark.parametrize(
    "said", [b"", b"<html>", b'{"choices": []}', b"[1]", b'{"choices": [{"text": null}]}']
)
def test_an_answer_of_another_kind_is_an_error(serve, said):
    with pytest.raises(SemsamError, match="the answer holds no text"):
        check_server(serve(lambda _: (200, said))[0], "name")


def test_nobody_there_is_an_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(
        SemsamError, match=r"cannot reach http://127\.0\.0\.1:\d+ \(.*refused.*\): is the server"
    ):
        check_server(url, "name", timeout=5)


def test_no_answer_in_time_is_an_error(serve):
    given_up = threading.Event()

    def slow(body):
        given_up.wait(60)
        return vllm_with_the_rule(body)

    with pytest.raises(SemsamError, match=r"did not answer within 0\.1 s"):
        check_server(serve(slow)[0], "name", timeout=0.1)
    given_up.set()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_is_not_followed_and_carries_no_key_along(serve, status, host):
    elsewhere, theirs = serve(vllm_with_the_rule)
    target = elsewhere.replace("127.0.0.1", host) + "/v1/completions"
    url, ours = serve(lambda _: (status, b"", target))
    with pytest.raises(SemsamError, match=rf"redirects to '{target}', which is not followed: give the final"):
        check_server(url, "name", api_key="secret")
    assert ours[0][1]["Authorization"] == "Bearer secret"
    assert theirs == []


def test_a_redirect_to_nowhere_or_to_terminal_codes_is_one_safe_line(serve):
    url, _ = serve(lambda _: (302, b"", "http://x/\x1b[2J"))
    with pytest.raises(SemsamError, match=r"redirects to 'http://x/\\x1b\[2J'") as raised:
        check_server(url, "name")
    assert "\x1b" not in str(raised.value)
    with pytest.raises(SemsamError, match="redirects to 'another address'"):
        check_server(serve(lambda _: (302, b""))[0], "name")


@pytest.mark.parametrize("key", ["sec\nret", "sécret"])
def test_a_key_that_fits_into_no_header_is_wrong_usage_and_is_not_shown(serve, key):
    url, got = serve(vllm_with_the_rule)
    with pytest.raises(UsageError, match="the API key holds characters") as raised:
        check_server(url, "name", api_key=key)
    assert key not in str(raised.value)
    assert got == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://",
        "file:///etc/passwd",
        "http://[::1",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
    ],
)
def test_an_address_that_is_none_is_wrong_usage(url):
    with pytest.raises(UsageError, match="base URL is"):
        check_server(url, "name")
