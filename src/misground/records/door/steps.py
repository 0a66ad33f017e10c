"""The steps beside a results file: every value that a run may write."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.records.door.rows import Rows, as_mask, as_numbers, items
from misground.records.limits import LONGEST_REPLY, MOST_EPOCHS
from misground.records.results import FLIP_KINDS, STEP_STATUSES

_NEVER_NULL: Final = ("run_id", "question_id", "epoch", "position", "status", "choice", "greedy")
_LARGEST_ID: Final = 2**31 - 1
_LARGEST_SCORE: Final = 1e6


def check_steps(table: pa.Table, name: str, first: int = 0) -> None:
    """Check rows of some columns of `records.schemas.STEPS`, each row by itself.

    Args:
        table: the rows; only the columns that are there are checked.
        name: the file, for messages.
        first: the number of the first row in the file, for messages.

    Raises:
        UsageError: a row is not one that a run writes; the message names it.
    """
    rows = Rows(table, name, "question_id", first)
    there = set(table.column_names)
    rows.never_null(column for column in _NEVER_NULL if column in there)
    rows.names(column for column in ("run_id", "question_id") if column in there)
    for column, low, high in (
        ("epoch", 1, MOST_EPOCHS),
        ("position", 0, LONGEST_REPLY),
        ("start", 0, LONGEST_REPLY),
        ("end", 0, LONGEST_REPLY),
        ("choice_id", 0, _LARGEST_ID),
        ("greedy_id", 0, _LARGEST_ID),
    ):
        if column in there:
            rows.numbers(column, low, high)
    if {"start", "end"} <= there:
        rows.null_where("end", as_mask(pc.is_null(rows.column("start"))), "where start is null")
        backwards = as_numbers(rows.column("end")) < as_numbers(rows.column("start"))
        rows.refuse(backwards, "end", "an end that is not before start")
    if "status" in there:
        rows.words("status", STEP_STATUSES)
    if "kind" in there:
        rows.words("kind", FLIP_KINDS, null=True)
    if "candidates" in there:
        _check_candidates(rows)


def _check_candidates(rows: Rows) -> None:
    name = "candidates"
    found, parents = items(rows.column(name))
    token, p, score = (pc.struct_field(found, field) for field in ("token", "p", "score"))
    rows.refuse_item(as_mask(pc.is_null(token)), parents, name, "a token is null")
    share = as_mask(pc.and_kleene(pc.greater_equal(p, 0), pc.less_equal(p, 1.001)))
    rows.refuse_item(~share, parents, name, "p is not a probability")
    fine = pc.less_equal(pc.abs(score), _LARGEST_SCORE)
    rows.refuse_item(~as_mask(pc.fill_null(fine, True)), parents, name, "score is not a finite number")
