"""`misground eval --read options` against a server that answers as vLLM: what is asked, kept and refused."""

import json
from pathlib import Path
from typing import Any

import pytest

SCORES = "mock_scores.py"
WANTED = ("--filter", "condition=text_only", "--limit", 8, "--epochs", 1, "--no-validate")


def asked(server: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The questions, and the requests that only read an answer."""
    found = server.requests()
    return (
        [one for one in found if not one.get("continue_final_message")],
        [one for one in found if one.get("continue_final_message")],
    )


def run(evaluate: Any, mini: Path, server: Any, log_dir: Path, *more: object) -> Any:
    model = ("--model", "mock", "--base-url", server.url)
    return evaluate(mini, *model, *WANTED, "--log-dir", log_dir, *more)


def test_the_likeliest_option_is_the_answer_whatever_the_reply_says(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script=SCORES) as server:
        done = run(evaluate, mini, server, tmp_path / "log", "--read", "options")
        assert done.returncode == 0, done.stderr
        questions, scores = asked(server)
    rows = results(tmp_path / "log")
    assert len(questions) == len(rows)
    assert len(scores) == sum(len(row["options"]) for row in rows)
    for row in rows:
        assert row["extracted"] == max(row["options"])
        assert row["outcome"] == ("correct" if row["extracted"] == row["answer"] else "wrong")
        assert row["completion"] == "It lies there.\nAnswer: I do not know"
        assert [one["option"] for one in row["option_logprobs"]] == row["options"]
        for one in row["option_logprobs"]:
            words = len(one["option"].split())
            each = -1.0 if one["option"] == row["extracted"] else -2.0
            assert (one["tokens"], one["raw"], one["normalised"]) == (words, each * words, each)
    said = {one["messages"][0]["content"] for one in scores}
    assert said == {f"It lies there.\nAnswer: {option}" for row in rows for option in row["options"]}
    assert all("semsam" not in json.dumps(one) and one["max_tokens"] == 1 for one in scores)


def test_both_keeps_the_outcome_of_the_text(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script=SCORES) as server:
        assert run(evaluate, mini, server, tmp_path / "log", "--read", "both").returncode == 0
    rows = results(tmp_path / "log")
    assert {row["outcome"] for row in rows} == {"no_answer"}
    assert all(row["extracted"] is None and row["option_logprobs"] for row in rows)


def test_by_default_nothing_more_is_asked(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script=SCORES) as server:
        assert run(evaluate, mini, server, tmp_path / "log").returncode == 0
        assert not asked(server)[1]
    assert all(row["option_logprobs"] is None for row in results(tmp_path / "log"))
    record = json.loads((tmp_path / "log" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["read"] == "text"


def test_a_failed_reading_is_an_error_with_the_server_s_reason_and_is_asked_again(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--fail", "1", script=SCORES) as server:
        done = run(evaluate, mini, server, log_dir, "--read", "both", "--max-connections", 1)
        assert done.returncode == 1
        failed = [row for row in results(log_dir) if row["outcome"] == "error"]
        assert len(failed) == 1
        assert failed[0]["option_logprobs"] is None
        assert failed[0]["error_reason"]
        questions, scores = map(len, asked(server))
        assert run(evaluate, mini, server, log_dir, "--read", "both").returncode == 0
        again = tuple(map(len, asked(server)))
    assert again == (questions, scores + len(failed[0]["options"]))  # the reply came from the cache
    assert all(row["option_logprobs"] for row in results(log_dir))


def test_another_run_of_the_same_replies_asks_nothing_anew(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script=SCORES) as server:
        assert run(evaluate, mini, server, tmp_path / "a", "--read", "both").returncode == 0
        before = len(server.requests())
        assert run(evaluate, mini, server, tmp_path / "b", "--read", "options").returncode == 0
        assert len(server.requests()) == before
    one, two = results(tmp_path / "a"), results(tmp_path / "b")
    assert one[0]["run_id"] != two[0]["run_id"]
    assert [row["option_logprobs"] for row in one] == [row["option_logprobs"] for row in two]


def test_a_server_without_log_probabilities_is_one_reason(
    evaluate: Any, results: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock("--without", script=SCORES) as server:
        assert run(evaluate, mini, server, tmp_path / "log", "--read", "both").returncode == 1
    reasons = {row["error_reason"] for row in results(tmp_path / "log")}
    assert reasons == {"the server tells no prompt_logprobs, which --read options needs: leave --read out"}


def test_another_folder_s_run_is_not_continued_with_another_reading(
    evaluate: Any, mini: Path, mock: Any, tmp_path: Path
) -> None:
    with mock(script=SCORES) as server:
        assert run(evaluate, mini, server, tmp_path / "log").returncode == 0
        done = run(evaluate, mini, server, tmp_path / "log", "--read", "both")
    assert done.returncode == 2
    assert "read 'text', now 'both'" in done.stderr


@pytest.mark.parametrize(
    ("model", "by"),
    [
        ("misground/oracle", "is a baseline without tokens: leave --read options out"),
        ("misground-volume/m3d-lamed/x", "misground-volume/m3d-lamed/x is served by misground-volume"),
        ("openai/gpt-4o", "openai/gpt-4o is served by the provider 'openai': leave --read out"),
    ],
)
def test_a_model_whose_probabilities_cannot_be_asked_is_one_line(
    told: Any, mini: Path, tmp_path: Path, model: str, by: str
) -> None:
    status, said = told("eval", mini, "--model", model, "--read", "options", "--log-dir", tmp_path / "log")
    assert status == 2
    assert by in " ".join(said.split())
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("engine", "by"), [("sglang", "an SGLang server"), ("lab", "a server that does not say what it runs")]
)
def test_another_server_than_vllm_is_one_line(
    told: Any, mini: Path, mock: Any, tmp_path: Path, engine: str, by: str
) -> None:
    with mock("--engine", engine, script=SCORES) as server:
        arguments = ("--model", "mock", "--base-url", server.url, "--read", "both")
        status, said = told("eval", mini, *arguments, "--log-dir", tmp_path / "log")
    assert status == 2
    assert f"mock is served by {by}" in " ".join(said.split())
