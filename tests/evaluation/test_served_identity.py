"""A served model is known by all that its server tells of it, and not by what changes from call to call."""

import json
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from time import time
from typing import Any

import pytest

from misground.errors import UsageError
from misground.evaluation.models import Ready, ready
from misground.evaluation.run_record import check_same_run
from misground.evaluation.settings import EvalSettings

Answers = Mapping[str, Any | Callable[[], Any]]


class Told(BaseHTTPRequestHandler):
    """Answers the paths that its server was given, and no other."""

    def do_GET(self) -> None:
        answer = self.server.answers.get(self.path)  # type: ignore[attr-defined]
        body = answer() if callable(answer) else answer
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body or {"detail": "Not Found"}).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Callable[..., str]]:
    """server(answers) -> the address of a server that gives these answers."""
    started: list[tuple[ThreadingHTTPServer, Thread]] = []

    def serve(answers: Answers) -> str:
        http = ThreadingHTTPServer(("127.0.0.1", 0), Told)
        http.answers = answers  # type: ignore[attr-defined]
        thread = Thread(target=http.serve_forever, daemon=True)
        thread.start()
        started.append((http, thread))
        return f"http://127.0.0.1:{http.server_port}/v1"

    yield serve
    for http, thread in started:
        http.shutdown()
        http.server_close()
        thread.join()


def listing(**facts: Any) -> Answers:
    return {"/v1/models": {"data": [{"id": "m", "object": "model", **facts}]}}


def found(*urls: str, **settings: Any) -> Ready:
    return ready(EvalSettings(model="m", **settings), list(urls))


def scopes(model: Ready) -> dict[str, str]:
    return dict(model.scopes)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (listing(root="/ckpt/a"), listing(root="/ckpt/b")),
        (listing(revision="a1"), listing(revision="b2")),
        (listing(created=100), listing(created=200)),
        (listing(quantization="awq"), listing(quantization="fp8")),
        (listing(quantization="awq"), listing()),
        (listing(owned_by="vllm", max_model_len=4096), listing(owned_by="vllm", max_model_len=8192)),
        (listing(parent="base", root="lora-1"), listing(parent="base", root="lora-2")),
        (listing(meta={"n_params": 7, "size": 1}), listing(meta={"n_params": 7, "size": 2})),
        (
            listing(owned_by="vllm") | {"/version": {"version": "0.10.1"}},
            listing(owned_by="vllm") | {"/version": {"version": "0.11.0"}},
        ),
        (
            listing(owned_by="sglang") | {"/get_model_info": {"model_path": "a", "weight_version": "1"}},
            listing(owned_by="sglang") | {"/get_model_info": {"model_path": "a", "weight_version": "2"}},
        ),
        (
            listing(owned_by="llamacpp") | {"/props": {"model_path": "/a-Q4.gguf"}},
            listing(owned_by="llamacpp") | {"/props": {"model_path": "/a-Q8.gguf"}},
        ),
        (
            listing(owned_by="library") | {"/api/tags": {"models": [{"name": "m:latest", "digest": "aa"}]}},
            listing(owned_by="library") | {"/api/tags": {"models": [{"name": "m:latest", "digest": "bb"}]}},
        ),
        (
            listing(owned_by="m") | {"/info": {"model_id": "m", "model_sha": "c1"}},
            listing(owned_by="m") | {"/info": {"model_id": "m", "model_sha": "c2"}},
        ),
    ],
)
def test_two_checkpoints_of_one_name_are_two_models(
    server: Callable[..., str], one: Answers, two: Answers
) -> None:
    first, second, again = found(server(one)), found(server(two)), found(server(one))
    assert first.identity != second.identity
    assert scopes(first) != scopes(second)
    assert (first.identity, scopes(first)) == (again.identity, scopes(again))
    settings = EvalSettings(model="m")
    assert len({settings.run_id("hash", each.identity) for each in (first, second, again)}) == 2


def vllm() -> Answers:
    """As vLLM answers: the time and the permission's id are of the request."""
    ids = count()

    def models() -> Any:
        permission = [{"id": f"modelperm-{next(ids)}", "created": int(time())}]
        entry = {"root": "/ckpt/a", "created": int(time()), "permission": permission, "nonce": next(ids)}
        return {"data": [{"id": "m", "object": "model", "owned_by": "vllm", **entry}]}

    return {"/v1/models": models, "/version": {"version": "0.10.1"}}


def test_what_belongs_to_the_request_is_no_part_of_it(server: Callable[..., str]) -> None:
    assert found(server(vllm())).identity == {"owned_by": "vllm", "root": "/ckpt/a", "version": "0.10.1"}


def test_a_content_hash_makes_the_time_needless(server: Callable[..., str]) -> None:
    tags = {"/api/tags": {"models": [{"name": "m", "digest": "aa"}]}}
    one, two = (server(listing(owned_by="library", created=created) | tags) for created in (100, 200))
    assert found(one).identity == found(two).identity == {"owned_by": "library", "digest": "aa"}


def test_a_revision_that_the_user_gives_is_part_of_it(server: Callable[..., str]) -> None:
    url = server(listing())
    plain, given = found(url), found(url, revision="may")
    assert plain.notes == (
        f"the server {url} tells nothing of 'm' beyond its name: if the name may stand for another "
        "checkpoint later, add --revision TEXT",
    )
    assert (given.notes, given.description["revision"]) == ((), "may")
    assert scopes(plain) != scopes(given)
    ids = {EvalSettings(model="m", revision=text).run_id("hash") for text in (None, "may", "june")}
    assert len(ids) == 3


def test_a_server_that_tells_the_checkpoint_is_believed(server: Callable[..., str]) -> None:
    model = found(server(listing(owned_by="vllm", root="/ckpt/a")))
    assert model.notes == ()
    assert model.description["revision"] == "/ckpt/a"


def test_a_root_that_repeats_the_name_tells_nothing(server: Callable[..., str]) -> None:
    assert "beyond its name" in found(server(listing(owned_by="vllm", root="m", max_model_len=9))).notes[0]


def test_servers_with_different_models_are_refused(server: Callable[..., str]) -> None:
    one, two = server(listing(root="/ckpt/a")), server(listing(root="/ckpt/b"))
    with pytest.raises(
        UsageError, match=rf"{one} says root '/ckpt/a', {two} says '/ckpt/b': serve"
    ) as raised:
        found(one, two)
    assert "\n" not in str(raised.value)


def test_servers_of_one_run_may_have_different_contexts(server: Callable[..., str]) -> None:
    small, large = (server(listing(owned_by="vllm", root="/a", max_model_len=n)) for n in (4096, 8192))
    model = found(large, small)
    assert model.context_length == model.identity["max_model_len"] == 4096


def test_a_secret_of_the_server_stays_out(
    server: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "sk-verysecret")
    model = found(server(listing(root="/ckpt?token=sk-verysecret")))
    assert "verysecret" not in str(model.identity)


def test_the_context_may_have_another_name_and_the_family_comes_from_what_is_told(
    server: Callable[..., str], tmp_path: Path
) -> None:
    tgi = listing(owned_by="m") | {"/info": {"model_id": "google/medgemma-4b-it", "max_total_tokens": 4096}}
    model = found(server(tgi))
    assert (model.context_length, model.family.name) == (4096, "Gemma 3 and MedGemma")
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen3_vl"}', encoding="utf-8")
    assert found(server(listing(root=str(folder)))).family.name == "Qwen3-VL"
    for root in ("/" + "y" * 280, "relative", "/srv/secret", "/dev/null"):
        assert not found(server(listing(root=root))).family.known


def resumed(record: dict[str, Any], served: dict[str, Any]) -> None:
    settings = EvalSettings(model="m")
    check_same_run(Path("log"), record, settings.run_id("h", served), settings.identity(), {}, served)


def test_a_resumed_run_says_what_differs() -> None:
    settings, before = EvalSettings(model="m"), {"root": "/ckpt/a"}
    record = {"run_id": settings.run_id("h", before), "settings": settings.identity(), "served": before}
    resumed({**record, "scopes": {}}, before)
    with pytest.raises(UsageError, match=r"the model of the server: root '/ckpt/a', now '/ckpt/b'"):
        resumed(record, {"root": "/ckpt/b"})


def test_an_earlier_version_is_resumed_where_the_server_tells_nothing() -> None:
    settings = EvalSettings(model="m")
    record = {"run_id": settings.run_id("h"), "settings": settings.identity(), "scopes": {}}
    resumed(record, {})
    with pytest.raises(UsageError, match="a run of an earlier version, which did not record"):
        resumed(record, {"root": "/ckpt/a"})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"model": "misground/oracle", "revision": "a"}, "is known by its files: leave --revision out"),
        ({"model": "misground-hf/x", "revision": "a"}, "is known by its files: leave --revision out"),
        ({"model": "m", "revision": " "}, "expected printable text"),
        ({"model": "m", "revision": "a\nb"}, "expected printable text"),
        ({"model": "m", "revision": "x" * 201}, "expected printable text of at most 200"),
        ({"model": "m", "revision": "https://me:pass@host/x"}, "--revision holds a secret"),
    ],
)
def test_a_revision_that_is_none_is_one_line(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        EvalSettings(**settings)
    assert "\n" not in str(raised.value)


def test_a_hosted_model_takes_a_revision_and_is_said_to_be_known_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none-at-all")
    plain, dated = (ready(EvalSettings(model=f"openai/gpt-4o{date}")) for date in ("", "-2024-08-06"))
    assert "beyond its name" in plain.notes[0]
    assert dated.notes == ()
    given = ready(EvalSettings(model="openai/gpt-4o", revision="may"))
    assert (given.notes, scopes(given), given.description["revision"]) == ((), {"revision": "may"}, "may")
