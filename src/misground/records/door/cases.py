"""The cases of a benchmark, used and skipped: every value that they may hold."""

from typing import Final, get_args

import pyarrow as pa
import pyarrow.compute as pc

from misground.records.door.rows import Rows, as_mask, items
from misground.records.factors import MODALITIES, KneeSide
from misground.records.limits import MOST_SLICE, MOST_STRUCTURES

_SPACING_MM: Final = (1e-4, 1e4)


def check_cases(table: pa.Table, name: str) -> None:
    """Check `records.schemas.CASES`; `name` is the file, for messages. Raises UsageError."""
    rows = Rows(table, name, "case_id")
    rows.never_null(column for column in table.column_names if column != "side")
    rows.names(("case_id", "source"))
    rows.words("modality", MODALITIES)
    rows.words("side", get_args(KneeSide), null=True)
    rows.numbers("oblique_degrees", 0, 90)
    for column, (low, high) in (("spacing_mm", _SPACING_MM), ("shape", (1, MOST_SLICE))):
        rows.refuse(rows.lengths(column) != 3, column, "three numbers")
        values, parents = items(rows.column(column))
        fine = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
        rows.refuse_item(~as_mask(fine), parents, column, f"a number is not from {low:g} to {high:g}")
    lengths = rows.lengths("structures")
    rows.refuse((lengths < 1) | (lengths > MOST_STRUCTURES), "structures", "at least one key")
    keys, parents = items(rows.column("structures"))
    empty = as_mask(pc.is_null(keys)) | as_mask(pc.equal(keys, ""))
    rows.refuse_item(empty, parents, "structures", "a key is null or empty")
    rows.distinct("case_id")


def check_skipped(table: pa.Table, name: str) -> None:
    """Check `records.schemas.SKIPPED`; `name` is the file, for messages. Raises UsageError."""
    rows = Rows(table, name, "case_id")
    rows.never_null(table.column_names)
    rows.filled(table.column_names)
