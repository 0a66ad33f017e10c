"""Replies that a limit cut: read as cut, counted everywhere, and told with what to do."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from misground.analysis.results import read_runs

TEXT = "condition=text_only"


def arguments(mini: Path, url: str, log_dir: Path, *more: object) -> list[object]:
    run = [mini, "--model", "mock", "--base-url", url, "--log-dir", log_dir, "--epochs", 1, "--no-validate"]
    return [*run, "--filter", TEXT, "--max-tokens", 200, *more]


def test_a_reply_that_was_cut_has_no_answer_and_is_counted(
    mini: Path, mock: Any, evaluate: Any, results: Any, misground: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--faults", "cut:2,cut-after:3") as server:
        run = evaluate(*arguments(mini, server.url, log_dir))
    assert run.returncode == 0, run.stderr
    rows = results(log_dir)
    cut = [row for row in rows if row["truncated"]]
    assert 0 < len(cut) < len(rows)
    assert {row["stop_reason"] for row in cut} == {"max_tokens"}
    assert {row["stop_reason"] for row in rows if not row["truncated"]} == {"stop"}
    for row in rows:
        reasoning = row["completion"].startswith("In this plane")
        assert (row["outcome"] == "no_answer") is reasoning, row["completion"]
    assert f"{len(cut)} of {len(rows)} replies were cut at 200 tokens: raise --max-tokens" in run.stdout
    record = json.loads((log_dir / "run.json").read_text())
    assert record["truncated"] == {"count": len(cut), "share": len(cut) / len(rows)}

    (read,) = read_runs([log_dir])
    assert read.questions["truncated"].sum() == len(cut)
    report = misground("report", log_dir, "-o", tmp_path / "report", "--format", "md")
    assert report.returncode == 0, report.stderr
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert f"is cut off in {100 * len(cut) / len(rows):.1f}% of replies" in text
    assert "cut off |" in text
    assert "†" in text
    overall = (tmp_path / "report" / "tables" / "overall.csv").read_text(encoding="utf-8")
    assert ",truncated,flagged," in overall.splitlines()[0]
    assert ",true," in overall.splitlines()[1]


def test_a_run_whose_replies_are_whole_says_nothing_of_cuts(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    with mock() as server:
        run = evaluate(*arguments(mini, server.url, tmp_path / "log", "--limit", 6))
    assert run.returncode == 0, run.stderr
    assert "were cut" not in run.stdout
    assert Counter(row["truncated"] for row in results(tmp_path / "log")) == {False: 6}
    record = json.loads((tmp_path / "log" / "run.json").read_text())
    assert record["truncated"] == {"count": 0, "share": 0.0}


def test_broken_answers_are_errors_in_the_servers_words_and_are_tried_again(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    words = {
        "busy": "the server reports an error: the engine is overloaded",
        "null": "the reply contains no message (no choices)",
        "abort": "the server broke the reply off (finish_reason 'abort')",
        "odd": "the server broke the reply off (finish_reason 'engine_restart')",
        "lasting": "the server reports an error: no such adapter",
    }
    for fault, told in words.items():
        log_dir = tmp_path / fault
        with mock("--faults", f"{fault}:1") as server:
            run = evaluate(*arguments(mini, server.url, log_dir, "--limit", 4, "--max-retries", 1))
            tries = Counter(request["key"] for request in server.requests())
        assert run.returncode == 1
        rows = results(log_dir)
        assert {row["error_reason"] for row in rows} == {told}
        assert told in run.stdout
        assert set(tries.values()) == {1 if fault == "lasting" else 2}


def test_a_message_in_parts_is_read_as_text(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    with mock("--faults", "parts:1") as server:
        run = evaluate(*arguments(mini, server.url, tmp_path / "log", "--limit", 6))
    assert run.returncode == 0, run.stderr
    rows = results(tmp_path / "log")
    assert {row["completion"] for row in rows} == {f"It lies there.\nAnswer: {r['extracted']}" for r in rows}
