"""The sampler that a model was really sent: in each row, in run.json, on the terminal and in the report."""

import json
from pathlib import Path
from typing import Any

import pytest

SENTENCE = "openai/o3 is sent questions without temperature, top_p and seed"


def arguments(mini: Path, url: str, log_dir: Path, model: str) -> list[object]:
    run = [mini, "--model", model, "--base-url", url, "--log-dir", log_dir, "--epochs", 1, "--no-validate"]
    return [*run, "--filter", "condition=text_only", "--limit", 6]


def sent(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(row["sent"]) for row in rows]


def test_what_a_provider_drops_is_told_before_the_run_and_recorded(
    mini: Path,
    mock: Any,
    evaluate: Any,
    results: Any,
    misground: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    log_dir = tmp_path / "log"
    with mock() as server:
        dry = evaluate(*arguments(mini, server.url, log_dir, "openai/o3"), "--dry-run")
        assert dry.returncode == 0, dry.stderr
        assert SENTENCE in dry.stdout
        assert not server.requests()
        run = evaluate(*arguments(mini, server.url, log_dir, "openai/o3"))
        settings = [request["settings"] for request in server.requests()]
    assert run.returncode == 0, run.stderr
    assert SENTENCE in run.stderr.partition("asked 1 of 6")[0]
    assert "openai/o3 was sent no temperature or top_p, and its server states that it used" in run.stderr
    assert not any(name in one for one in settings for name in ("temperature", "top_p", "seed"))
    rows = results(log_dir)
    assert all("temperature" not in one and one["max_tokens"] == 8912 for one in sent(rows))
    sampler = json.loads((log_dir / "run.json").read_text())["sampler"]
    assert sampler["requested"]["temperature"] == 0.5
    assert sampler["left_out"] == ["seed", "temperature", "top_p"]
    assert [one["replies"] for one in sampler["sent"]] == [6]
    report = misground("report", log_dir, "-o", tmp_path / "report", "--format", "md")
    assert report.returncode == 0, report.stderr
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert "Sampler: o3: sent without temperature, top_p, seed" in text
    assert "T = 0.5" not in text


def test_each_row_has_what_was_sent_with_its_question(
    mini: Path, mock: Any, evaluate: Any, results: Any, misground: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--faults", "states:6") as server:
        run = evaluate(*arguments(mini, server.url, log_dir, "mock"))
        settings = [request["settings"] for request in server.requests()]
    assert run.returncode == 0, run.stderr
    assert "is sent questions without" not in run.stderr
    assert "mock was sent temperature 0.5, and its server states that it used temperature 1.0" in run.stderr
    assert "the server of mock warns: top_p is ignored" in run.stderr
    rows = sent(results(log_dir))
    assert sorted(row["seed"] for row in rows) == sorted(one["seed"] for one in settings)
    assert {(row["temperature"], row["top_p"], row["max_tokens"]) for row in rows} == {(0.5, 0.8, 8912)}
    sampler = json.loads((log_dir / "run.json").read_text())["sampler"]
    assert sorted(one["replies"] for one in sampler["sent"]) == [1, 5]
    assert {one["seed"] for one in sampler["sent"]} == {"per question"}
    report = misground("report", log_dir, "-o", tmp_path / "report", "--format", "md")
    assert report.returncode == 0, report.stderr
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert "Sampler: mock: T = 0.5, top_p = 0.8, seed = per question, at most 8,912 tokens" in text


def test_a_reply_from_the_cache_keeps_what_was_sent_for_it(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    with mock() as server:
        first = evaluate(*arguments(mini, server.url, tmp_path / "a", "mock"))
        asked = len(server.requests())
        second = evaluate(*arguments(mini, server.url, tmp_path / "b", "mock"))
        assert len(server.requests()) == asked
    assert first.returncode == second.returncode == 0
    assert sent(results(tmp_path / "a")) == sent(results(tmp_path / "b"))


def test_a_baseline_is_sent_nothing(mini: Path, evaluate: Any, results: Any, tmp_path: Path) -> None:
    log_dir = tmp_path / "log"
    run = evaluate(mini, "--model", "misground/oracle", "--limit", 6, "--no-validate", "--log-dir", log_dir)
    assert run.returncode == 0, run.stderr
    assert {row["sent"] for row in results(log_dir)} == {None}
    assert json.loads((log_dir / "run.json").read_text())["sampler"]["sent"] == []
