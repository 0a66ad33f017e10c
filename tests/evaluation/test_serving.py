"""What a server says of itself, and how a MODEL and an address become a provider."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from misground.errors import UsageError
from misground.evaluation.models import NO_CUTS, ready
from misground.evaluation.served_rule import shared_checks
from misground.evaluation.serving import check_model, probe
from misground.evaluation.settings import EvalSettings
from semsam import SemanticSampling, selfcheck

VLLM = {"data": [{"id": "org/model", "owned_by": "vllm", "root": "/models/m", "max_model_len": 4096}]}


class Listing(BaseHTTPRequestHandler):
    """Answers GET with what its server was given."""

    def do_GET(self) -> None:
        status, body = self.server.listed  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Serving:
    """A server whose list of models a test sets."""

    def __init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
        self.says(VLLM)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def says(self, body: Any, status: int = 200) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.http.listed = status, text  # type: ignore[attr-defined]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    for name in ("OPENAI_API_KEY", "VLLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    serving = Serving()
    thread = Thread(target=serving.http.serve_forever, daemon=True)
    thread.start()
    yield serving
    serving.http.shutdown()
    serving.http.server_close()
    thread.join()


def test_vllm_is_known_by_what_it_lists(server: Serving) -> None:
    served = probe(server.url, None)
    assert served.engine == "vllm"
    assert served.context_length("org/model") == 4096
    check_model(served, "org/model")


def test_sglang_is_known_by_what_it_lists(server: Serving) -> None:
    server.says({"data": [{"id": "m", "owned_by": "sglang"}]})
    assert probe(server.url, None).engine == "sglang"


@pytest.mark.parametrize("body", ["", "{", "[]", '{"data": 3}', '{"data": [3]}', "<html>"])
def test_a_server_that_lists_nothing_readable_is_taken_as_it_is(server: Serving, body: str) -> None:
    server.says(body)
    served = probe(server.url, None)
    assert (served.engine, served.models) == ("unknown", {})
    check_model(served, "whatever")


def test_a_server_without_a_list_is_taken_as_it_is(server: Serving) -> None:
    server.says("no", 404)
    assert probe(server.url, None).models == {}


def test_a_model_that_is_not_served_is_named_with_those_that_are(server: Serving) -> None:
    with pytest.raises(UsageError, match="does not serve 'other', expected one of org/model"):
        check_model(probe(server.url, None), "other")


def test_a_refused_key_is_told(server: Serving) -> None:
    server.says("no", 401)
    with pytest.raises(UsageError, match=r"rejects the API key \(401\)"):
        probe(server.url, "wrong")


def test_where_nothing_answers_it_says_so() -> None:
    with pytest.raises(UsageError, match=r"no server answers .*start the server"):
        probe("http://127.0.0.1:9/v1", None)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", ""])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(UsageError, match="expected a URL such as"):
        probe(url, None)


@pytest.mark.parametrize("name", ["org/model", "vllm/org/model", "openai-api/mine/org/model"])
def test_the_name_of_a_served_model_may_stand_alone_or_after_its_engine(server: Serving, name: str) -> None:
    found = ready(EvalSettings(model=name), [server.url])
    assert str(found.model).endswith("org/model")
    assert [api.service_model_name() for api in found.model.api.apis] == ["org/model"]
    assert found.context_length == 4096
    assert found.takes is None


def test_vllm_is_told_to_cut_nothing_else(server: Serving) -> None:
    assert ready(EvalSettings(model="org/model"), [server.url]).model.config.extra_body == NO_CUTS


def test_with_the_providers_own_sampler_nothing_is_told(server: Serving) -> None:
    found = ready(EvalSettings(model="org/model", sampler="provider"), [server.url])
    assert found.model.config.extra_body is None


def test_an_unknown_server_is_told_what_openai_knows_alone(server: Serving) -> None:
    server.says({"data": [{"id": "m"}]})
    assert ready(EvalSettings(model="m"), [server.url]).model.config.extra_body is None


def test_a_stack_as_a_video_goes_by_our_provider(server: Serving) -> None:
    found = ready(EvalSettings(model="org/model", stacks="video"), [server.url])
    assert found.model.api.stack_input == "video"


def test_several_addresses_are_one_model(server: Serving) -> None:
    found = ready(EvalSettings(model="org/model"), [server.url, server.url])
    assert len(found.model.api.apis) == 2
    assert len(found.description["servers"]) == 2


def test_the_smallest_context_of_several_servers_counts(server: Serving) -> None:
    assert ready(EvalSettings(model="org/model"), [server.url]).context_length == 4096


@pytest.mark.parametrize(
    ("settings", "urls", "told"),
    [
        ({"model": "misground/oracle"}, ["http://127.0.0.1:9/v1"], "needs no server: leave --base-url out"),
        (
            {"model": "misground/none"},
            [],
            "there is no model misground/none, expected one of misground/oracle",
        ),
        ({"model": "misground/oracle", "model_args": {"a": 1}}, [], "takes no argument 'a'"),
        ({"model": "nobody/model"}, [], "nobody"),
        ({"model": "model"}, [], "or --base-url URL and the name of a model on that server"),
        (
            {"model": "openai/gpt", "decoding": "semantic"},
            [],
            "openai/gpt does not support --decoding semantic",
        ),
        ({"model": "openai/gpt", "stacks": "video"}, [], "needs a vLLM server"),
        ({"model": "openai/gpt"}, [], "OPENAI_API_KEY"),
        ({"model": "misground-hf/nowhere/at/all"}, [], "nowhere/at/all"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_line(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], urls: list[str], told: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match=told) as raised:
        ready(EvalSettings(**settings), urls)
    assert "\n" not in str(raised.value)


def test_the_rule_on_a_server_that_is_neither_vllm_nor_sglang_is_refused(server: Serving) -> None:
    server.says({"data": [{"id": "m"}]})
    with pytest.raises(UsageError, match="needs a vLLM or SGLang server"):
        ready(EvalSettings(model="m", decoding="semantic"), [server.url])


def test_the_rule_on_a_server_that_cannot_complete_text_is_refused(server: Serving) -> None:
    with pytest.raises(UsageError, match="--decoding semantic: "):
        ready(EvalSettings(model="org/model", decoding="semantic"), [server.url])


def test_a_table_that_is_no_file_is_refused(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    on = selfcheck.Check(selfcheck.Verdict.ON, "seen", 1, 3)
    monkeypatch.setattr(selfcheck, "check_server", lambda *_, **__: on)
    with pytest.raises(UsageError, match="--table is 'nowhere', which is not a file"):
        ready(EvalSettings(model="org/model", decoding="semantic", table="nowhere"), [server.url])


def test_requests_carry_the_rule(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    on = selfcheck.Check(selfcheck.Verdict.ON, "seen", 1, 3)
    monkeypatch.setattr(selfcheck, "check_server", lambda *_, **__: on)
    found = ready(EvalSettings(model="org/model", decoding="semantic", rule={"top_m": 7}), [server.url])
    assert found.model.config.extra_body == {
        **NO_CUTS,
        "vllm_xargs": {
            "semsam": True,
            "semsam_top_m": 7,
            "semsam_top_p": 0.8,
            "semsam_temperature": 1.0,
            "semsam_mode": "argmax",
            "semsam_tau": SemanticSampling().tau,
        },
    }
    assert "neighbour table of the server is unknown" in found.notes[0]


def test_a_server_with_the_rule_on_first_tokens_alone_is_refused(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = selfcheck.Check(selfcheck.Verdict.FIRST_TOKENS, "3 prompts gave the same text", None, 3)
    monkeypatch.setattr(selfcheck, "check_server", lambda *_, **__: found)
    with pytest.raises(UsageError, match=r"the first tokens of a text only .*without speculative decoding"):
        ready(EvalSettings(model="org/model", decoding="semantic"), [server.url])


def test_a_control_is_a_parameter_of_each_request(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    on = selfcheck.Check(selfcheck.Verdict.ON, "", 1.0, 3)
    monkeypatch.setattr(selfcheck, "check_server", lambda *_, **__: on)
    settings = EvalSettings(model="org/model", decoding="semantic", control="shuffled", seed=4)
    asked = ready(settings, [server.url]).model.config.extra_body["vllm_xargs"]
    assert (asked["semsam_control"], asked["semsam_control_seed"]) == ("shuffled", 4)
    flipped = ready(replace(settings, control="flipped"), [server.url]).model.config.extra_body["vllm_xargs"]
    assert flipped["semsam_control"] == "flipped"
    assert "semsam_control_seed" not in flipped
    min_p = ready(EvalSettings(model="org/model", sampler="min-p", cut=0.2), [server.url])
    assert min_p.model.config.extra_body == {**NO_CUTS, "min_p": 0.2}


def test_a_server_without_the_rule_is_refused(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    off = selfcheck.Check(selfcheck.Verdict.NOT_LOADED, "a request was not refused", None, 3)
    monkeypatch.setattr(selfcheck, "check_server", lambda *_, **__: off)
    with pytest.raises(UsageError, match=r"does not apply semantic sampling .*docs/semsam-vllm.md"):
        ready(EvalSettings(model="org/model", decoding="semantic"), [server.url])


def test_arms_that_share_a_check_ask_the_server_once(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = selfcheck.Check(selfcheck.Verdict.NO_EFFECT, "3 prompts gave the same text", None, 3)
    asked = []
    monkeypatch.setattr(selfcheck, "check_server", lambda *given, **_: (asked.append(given), found)[1])
    settings = EvalSettings(model="org/model", decoding="semantic")
    with shared_checks():
        for control in ("none", "identity"):
            assert "no effect" in ready(replace(settings, control=control), [server.url]).notes[0]
        assert len(asked) == 2  # what was not seen is looked for again
        found = selfcheck.Check(selfcheck.Verdict.ON, "seen", 1, 3)
        for control in ("none", "identity", "shuffled"):
            ready(replace(settings, control=control), [server.url])
        assert len(asked) == 3
        server.says({"data": [{**VLLM["data"][0], "id": "org/other"}]})
        ready(replace(settings, model="org/other"), [server.url])
        assert len(asked) == 4
    ready(replace(settings, model="org/other"), [server.url])
    assert len(asked) == 5


@pytest.mark.parametrize("owner", ["vllm", "sglang"])
def test_min_p_is_sent_where_the_engine_has_it_and_top_n_sigma_is_refused(
    server: Serving, owner: str
) -> None:
    server.says({"data": [{"id": "m", "owned_by": owner}]})
    found = ready(EvalSettings(model="m", sampler="min-p", cut=0.2), [server.url])
    assert found.model.config.extra_body == {**NO_CUTS, "min_p": 0.2}
    words = (
        rf"arm top-n-sigma=1 .*neither transformers nor vLLM nor SGLang has; m is served by {owner}: leave"
    )
    with pytest.raises(UsageError, match=words):
        ready(EvalSettings(model="m", sampler="top-n-sigma", cut=1.0), [server.url])


UNKNOWN = "a server that does not say what it runs"


@pytest.mark.parametrize(("sampler", "cut"), [("min-p", 0.1), ("top-n-sigma", 1.0)])
@pytest.mark.parametrize(
    ("model", "by"),
    [
        ("m", UNKNOWN),
        ("openai/gpt-4o", "the provider 'openai'"),
        ("misground/oracle", "misground"),
        ("misground/anatomy-prior", "misground"),
        ("misground-volume/m3d-lamed/nowhere", "misground-volume"),
    ],
)
def test_a_cut_that_an_engine_lacks_is_refused_in_words(
    server: Serving, model: str, by: str, sampler: Any, cut: float
) -> None:
    server.says({"data": [{"id": "m"}]})
    urls = [server.url] if model == "m" else []
    with pytest.raises(
        UsageError, match=rf"arm {sampler}={cut:g} needs .* served by {by}: leave the arm out"
    ):
        ready(EvalSettings(model=model, sampler=sampler, cut=cut), urls)


def test_top_n_sigma_is_refused_before_a_local_model_is_loaded() -> None:
    with pytest.raises(UsageError, match=r"arm top-n-sigma=1 .*served by misground-hf: leave the arm out"):
        ready(EvalSettings(model="misground-hf/nowhere/at/all", sampler="top-n-sigma", cut=1.0))
