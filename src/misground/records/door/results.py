"""The replies in a results file: every value that a run may write."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misground.errors import UsageError
from misground.records.door.rows import Rows, as_mask, as_numbers, items, repeats, shown
from misground.records.limits import MOST_EPOCHS, MOST_OPTIONS, MOST_OUTCOMES, MOST_RUNS
from misground.records.results import OUTCOMES

_NEVER_NULL: Final = (
    "run_id", "benchmark_hash", "question_id", "item_id", "case_id", "modality", "dimension", "plane",
    "coordinates", "prompt", "terms", "condition", "task", "answer", "model", "decoding",
)  # fmt: skip
_IDS: Final = ("run_id", "benchmark_hash", "question_id", "item_id", "case_id")
_COUNTS: Final = ("input_tokens", "output_tokens", "steps", "fired", "deferred", "flipped")
_LARGEST_COUNT: Final = 10**15
_LONGEST_SECONDS: Final = 1e9
_LARGEST_MM: Final = 1e9
_LARGEST_LOGPROB: Final = 1e9
_ROUNDING: Final = 1e-3
"""A log probability above 0 by no more than this is 0 with an error of rounding."""


def check_replies(table: pa.Table, name: str, first: int = 0) -> None:
    """Check rows of some columns of `records.schemas.RESULTS`, each row by itself.

    Levels of factors, structures and models are any texts: results may come from a later version.

    Args:
        table: the rows; only the columns that are there are checked.
        name: the file, for messages.
        first: the number of the first row in the file, for messages.

    Raises:
        UsageError: a row is not one that a run writes; the message names it.
    """
    rows = Rows(table, name, "question_id", first)
    there = set(table.column_names)

    def present(columns: Iterable[str]) -> list[str]:
        return [column for column in columns if column in there]

    for column in present((*_NEVER_NULL, "epoch", "outcome")):
        if table[column].null_count:
            raise UsageError(f"{name}: a row has no {column}, expected one in every row")
    rows.names(present(_IDS))
    if "outcome" in there:
        _check_outcomes(rows, name)
    if "epoch" in there:
        _check_epochs(table, name)
    for column in present(_COUNTS):
        rows.numbers(column, 0, _LARGEST_COUNT)
    if "seconds" in there:
        rows.numbers("seconds", 0, _LONGEST_SECONDS)
    if "evidence" in there:
        rows.numbers("evidence.p_a_greater", 0, 1)
        rows.numbers("evidence.delta_mm", -_LARGEST_MM, _LARGEST_MM)
    if "shared_frames" in there:
        rows.numbers("shared_frames", 0, _LARGEST_COUNT)
    if "smaller_mm2" in there:
        rows.numbers("smaller_mm2", 0, _LARGEST_MM)
    if "options" in there:
        rows.refuse(rows.lengths("options") > MOST_OPTIONS, "options", f"at most {MOST_OPTIONS} options")
        texts, parents = items(rows.column("options"))
        rows.refuse_item(as_mask(pc.is_null(texts)), parents, "options", "an option is null")
    if "option_logprobs" in there:
        _check_option_logprobs(rows)


def check_runs(table: pa.Table, name: str) -> None:
    """Check that a file holds few runs of bounded size, and no reply twice.

    Args:
        table: run_id, question_id and epoch of all replies.
        name: the file, for messages.

    Raises:
        UsageError: it does not; the message says what was found.
    """
    run, question = (
        table[column].combine_chunks().dictionary_encode() for column in ("run_id", "question_id")
    )
    runs = len(run.dictionary)
    if runs > MOST_RUNS:
        raise UsageError(f"{name}: {runs:,} runs, expected at most {MOST_RUNS}: split the file by run_id")
    epochs = as_numbers(table["epoch"].combine_chunks())
    asked = as_numbers(run.indices) * len(question.dictionary) + as_numbers(question.indices)
    again = repeats(pa.array(asked * (MOST_EPOCHS + 1) + epochs))
    if again.any():
        at = int(again.argmax())
        raise UsageError(
            f"{name}: a question has two replies in one epoch, expected one "
            f"(question_id {shown(table['question_id'][at])}, epoch {epochs[at]})"
        )
    for number in range(runs):
        mine = as_numbers(run.indices) == number
        cells = len(np.unique(asked[mine])) * int(epochs[mine].max())
        if cells > MOST_OUTCOMES:
            raise UsageError(
                f"{name}: a run of {cells:,} questions times epochs, expected at most {MOST_OUTCOMES:,}"
            )


def _check_option_logprobs(rows: Rows) -> None:
    """Every option that was scored has its text, and sums of log probabilities that are numbers."""
    name = "option_logprobs"
    rows.refuse(rows.lengths(name) > MOST_OPTIONS, name, f"at most {MOST_OPTIONS} options")
    scored, parents = items(rows.column(name))
    rows.refuse_item(
        as_mask(pc.is_null(pc.struct_field(scored, "option"))), parents, name, "an option is null"
    )
    for field in ("raw", "normalised"):
        found = pc.struct_field(scored, field)
        fine = pc.and_kleene(pc.greater_equal(found, -_LARGEST_LOGPROB), pc.less_equal(found, _ROUNDING))
        told = f"{field} is not a log probability, expected a number of at most 0"
        rows.refuse_item(~as_mask(fine), parents, name, told)


def _check_outcomes(rows: Rows, name: str) -> None:
    for found in pc.unique(rows.column("outcome")).to_pylist():
        if found not in OUTCOMES:
            raise UsageError(
                f"{name}: found the outcome {shown(found)}, expected one of {', '.join(OUTCOMES)}"
            )


def _check_epochs(table: pa.Table, name: str) -> None:
    epochs = pc.min_max(table["epoch"]).as_py()
    if len(table) and (epochs["min"] < 1 or epochs["max"] > MOST_EPOCHS):
        raise UsageError(
            f"{name}: found epochs {epochs['min']} to {epochs['max']}, expected 1 to {MOST_EPOCHS}"
        )
