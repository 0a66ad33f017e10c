"""`misground eval --trace steps` against a server that answers as vLLM: what is asked, kept and refused."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")

WANTED = ("--filter", "condition=text_only", "--limit", 8, "--epochs", 1, "--no-validate")


def run(evaluate: Any, mini: Path, server: Any, log_dir: Path, *more: object) -> Any:
    model = ("--model", "mock", "--base-url", server.url, "--decoding", "semantic")
    return evaluate(mini, *model, *WANTED, "--log-dir", log_dir, *more)


def test_flipped_steps_are_read_from_the_likeliest_tokens(
    evaluate: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script="mock_steps.py") as server:
        done = run(evaluate, mini, server, tmp_path / "plain")
        assert done.returncode == 0, done.stderr
        assert all("logprobs" not in one and "top_logprobs" not in one for one in server.requests())
        before = len(server.requests())
        done = run(evaluate, mini, server, tmp_path / "log", "--trace", "steps", "--top-m", 7)
        assert done.returncode == 0, done.stderr
        asked = server.requests()[before:]
    assert {(one["logprobs"], one["top_logprobs"]) for one in asked} == {(True, 7)}
    assert "only flipped steps are kept" in " ".join(done.stderr.split())
    rows, steps = (
        pq.read_table(tmp_path / "log" / name).to_pylist() for name in ("results.parquet", "steps.parquet")
    )
    assert len(asked) == len(rows) == 8
    assert len(steps) == 2 * len(rows)
    for row, verb, answer in zip(rows, steps[::2], steps[1::2], strict=True):
        text, last = row["completion"], row["options"][-1]
        for step, word in ((verb, " is"), (answer, f" {last}")):
            assert (step["question_id"], step["status"]) == (row["question_id"], "fired")
            assert text[step["start"] : step["end"]] == step["choice"] == word
            assert step["choice_id"] is step["greedy_id"] is None
            assert {one["score"] for one in step["candidates"]} == {None}
        assert (verb["position"], answer["position"]) == (1, 9)
        assert (verb["kind"], verb["greedy"]) == ("other", " lies")
        assert answer["kind"] == {"right": "antonym", "left": "variant"}.get(last, "other")
        assert [one["token"] for one in answer["candidates"]] == [" Left", f" {last}"]  # 0.85 is enough
        assert [round(one["p"], 4) for one in answer["candidates"]] == [0.45, 0.4]
    record = json.loads((tmp_path / "log" / "run.json").read_text(encoding="utf-8"))
    assert record["trace"] == {"steps": 16, "left_out": 0}
    assert record["model"]["trace"] == "flipped steps, without scores"


def test_a_second_run_takes_the_steps_from_the_cache(
    evaluate: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script="mock_steps.py") as server:
        assert run(evaluate, mini, server, tmp_path / "a", "--trace", "steps").returncode == 0
        before = len(server.requests())
        assert run(evaluate, mini, server, tmp_path / "b", "--trace", "steps").returncode == 0
        assert len(server.requests()) == before
    one, two = (pq.read_table(tmp_path / name / "steps.parquet") for name in "ab")
    assert one.equals(two)
    assert len(one)


def test_an_sglang_server_is_refused_in_one_line(told: Any, mini: Path, mock: Any, tmp_path: Path) -> None:
    with mock("--engine", "sglang", script="mock_steps.py") as server:
        arguments = (
            "--model",
            "mock",
            "--base-url",
            server.url,
            "--decoding",
            "semantic",
            "--trace",
            "steps",
        )
        status, said = told("eval", mini, *arguments, "--log-dir", tmp_path / "log")
    assert status == 2
    assert "mock is served by an SGLang server: leave --trace out" in " ".join(said.split())
