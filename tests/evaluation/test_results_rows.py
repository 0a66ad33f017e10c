"""A logged sample as a row of results.parquet."""

from typing import Any

import pyarrow as pa
import pytest
from inspect_ai.log import EvalError, EvalSample
from inspect_ai.model import ModelOutput, ModelUsage, StopReason
from inspect_ai.scorer import Score

from misground.evaluation.results import Tally, result_row
from misground.records.schemas import RESULTS

QUESTION = {
    "question_id": "q",
    "item_id": "i",
    "case_id": "c",
    "modality": "ct",
    "dimension": "2d",
    "plane": "axial",
    "task": "in_plane",
    "axis": "x",
    "structure_a": "liver",
    "structure_b": "spleen",
    "coordinates": "viewing",
    "prompt": "none",
    "terms": "anatomical",
    "condition": "image",
    "text": "?",
    "options": ["left", "right"],
    "answer": "right",
    "view_id": "v",
    "evidence": {"p_a_greater": 1.0, "delta_mm": 80.0},
    "stack_reversed": None,
    "shared_frames": None,
    "smaller_mm2": None,
    "name_hint": "none",
    "probe": None,
}
READING = {"outcome": "correct", "rule": "answer line", "span": [8, 13]}
COMMON = {
    "run_id": "r",
    "benchmark_hash": "h",
    "model": "m",
    "model_parameters": 7,
    "decoding": "default",
    "decoding_settings": "{}",
    "arm": "default",
}


def sample(**changes: Any) -> EvalSample:
    output = ModelOutput.from_content("m", "Answer: right")
    output.usage = ModelUsage(input_tokens=100, output_tokens=3)
    output.time = 1.5
    output.metadata = {"steps": 3, "fired": 2, "deferred": 1, "flipped": 0}
    found: dict[str, Any] = {
        "id": "q",
        "epoch": 2,
        "input": "?",
        "target": "right",
        "metadata": dict(QUESTION),
        "output": output,
        "scores": {"misground/answer": Score(value="C", answer="right", metadata=READING)},
        **changes,
    }
    return EvalSample(**found)


def test_an_answered_question_is_a_full_row() -> None:
    row = result_row(sample(), COMMON)
    assert list(row) == RESULTS.names
    assert row == {
        **COMMON,
        **{name: value for name, value in QUESTION.items() if name in RESULTS.names},
        "epoch": 2,
        "outcome": "correct",
        "error_reason": None,
        "extracted": "right",
        "completion": "Answer: right",
        "input_tokens": 100,
        "output_tokens": 3,
        "seconds": 1.5,
        "steps": 3,
        "fired": 2,
        "deferred": 1,
        "flipped": 0,
        "stop_reason": "stop",
        "truncated": False,
        "sent": None,
        "rule": "answer line",
        "span": [8, 13],
        "option_logprobs": None,
    }


def test_a_score_of_another_scorer_beside_ours_changes_nothing_and_the_latest_of_ours_counts() -> None:
    other = Score(value="I", answer="left", metadata={"grade": "I"})
    again = Score(value="I", answer="left", metadata={"outcome": "wrong"})
    scores = {"other": other, "answer": sample().scores["misground/answer"], "misground/answer": again}
    assert result_row(sample(scores=scores), COMMON)["outcome"] == "wrong"
    del scores["misground/answer"]
    assert result_row(sample(scores={**scores, "last": other}), COMMON)["extracted"] == "right"


def test_what_the_model_held_likely_is_kept_but_not_of_an_error() -> None:
    scored = [
        {"option": option, "tokens": 1, "raw": -1.0, "normalised": -1.0} for option in ("left", "right")
    ]
    metadata = {**QUESTION, "read": "both", "option_logprobs": scored}
    assert result_row(sample(metadata=metadata), COMMON)["option_logprobs"] == scored
    assert result_row(sample(metadata=metadata, error=error("x")), COMMON)["option_logprobs"] is None


@pytest.mark.parametrize(
    ("stop_reason", "recorded", "truncated"),
    [
        ("max_tokens", "max_tokens", True),
        ("model_length", "model_length", True),
        ("content_filter", "content_filter", False),
        ("unknown", None, None),
    ],
)
def test_a_cut_reply_says_so(stop_reason: StopReason, recorded: str | None, truncated: bool | None) -> None:
    output = ModelOutput.from_content("m", "The liver is", stop_reason=stop_reason)
    row = result_row(sample(output=output), COMMON)
    assert (row["stop_reason"], row["truncated"]) == (recorded, truncated)


def test_rows_fit_the_schema() -> None:
    rows = [result_row(sample(), COMMON), result_row(sample(error=error("x")), COMMON)]
    assert pa.Table.from_pylist(rows, RESULTS).num_rows == 2


def error(message: str) -> EvalError:
    return EvalError(message=message, traceback="", traceback_ansi="")


def test_an_error_is_no_answer_whatever_else_is_there() -> None:
    row = result_row(sample(error=error("Connection\nerror.")), COMMON)
    assert (row["outcome"], row["error_reason"]) == ("error", "Connection error.")
    assert row["extracted"] is row["completion"] is row["output_tokens"] is None


def test_the_reason_that_the_solver_left_is_taken() -> None:
    told = sample(error=error("RetryError(<Future>)"), metadata={**QUESTION, "error_reason": "429"})
    assert result_row(told, COMMON)["error_reason"] == "429"


def test_a_reply_that_was_never_scored_is_an_error() -> None:
    row = result_row(sample(scores=None), COMMON)
    assert row["outcome"] == "error"
    assert "not scored" in row["error_reason"]


def test_what_the_engine_does_not_tell_is_null() -> None:
    plain = ModelOutput.from_content("m", "Answer: right")
    row = result_row(sample(output=plain), COMMON)
    assert [row[name] for name in ("input_tokens", "seconds", "steps", "flipped")] == [None] * 4


@pytest.mark.parametrize("outcome", ["wrong", "no_answer", "refused"])
def test_wrong_no_answer_and_refused_count_against_the_accuracy(outcome: str) -> None:
    tally = Tally()
    for found in ("correct", outcome, "error"):
        tally.add(found)
    assert tally.accuracy == 0.5
    assert tally.answered == 2


def test_probes_are_in_no_accuracy() -> None:
    tally = Tally()
    common = {"error_reason": None, "truncated": False, "stop_reason": "stop", "sent": None}
    for outcome, probe in (("correct", None), ("wrong", "naming"), ("error", "naming"), ("wrong", None)):
        tally.add_row({"outcome": outcome, "probe": probe, **common})
    assert (tally.accuracy, tally.correct) == (0.5, (1, 2))
    assert (tally.answered, tally.probes) == (3, {"wrong": 1, "error": 1})


def test_of_errors_alone_there_is_no_accuracy() -> None:
    tally = Tally()
    tally.add("error", "429")
    assert tally.accuracy is None
    assert tally.reasons == {"429": 1}


@pytest.mark.parametrize("text", [None, "", "{", "3", "[]", "[" * 100_000])
def test_what_another_writer_says_was_sent_is_not_counted(text: str | None) -> None:
    tally = Tally()
    row = {"outcome": "wrong", "error_reason": None, "truncated": None, "stop_reason": None, "sent": text}
    tally.add_row(row)
    assert (tally.outcomes.total(), tally.sent.total()) == (1, 0)
