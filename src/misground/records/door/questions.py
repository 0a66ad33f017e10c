"""The questions of a benchmark: every value that a question may hold, and which occur together."""

from collections.abc import Iterable, Iterator
from typing import Final, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misground.anatomy import AXES, PLANES, SLICE_AXIS, in_plane_axes
from misground.errors import UsageError
from misground.records.door.rows import Rows, as_mask, as_numbers, items, repeats, shown
from misground.records.factors import LEVELS, PAIR_TASKS, PROBES, TASKS, NameHint
from misground.records.limits import MOST_FRAMES, MOST_QUESTIONS_PER_ITEM

FACTORS: Final = (
    "modality", "dimension", "plane", "task", "coordinates", "prompt", "terms", "condition",
)  # fmt: skip
_LARGEST_MM: Final = 1e9
_NAMES: Final = ("question_id", "item_id", "case_id", "structure_a", "structure_b", "view_id")


def check_questions(table: pa.Table, name: str, first: int = 0) -> None:
    """Check rows of `records.schemas.QUESTIONS`, each by itself.

    Args:
        table: the rows, with all columns.
        name: the file, for messages.
        first: the number of the first row in the file, for messages.

    Raises:
        UsageError: a row is not one that a build writes; the message names it.
    """
    rows = Rows(table, name, "question_id", first)
    rows.never_null(("question_id", "item_id", "case_id", "text", "answer", "options"))
    rows.names(_NAMES)
    rows.filled(("text", "answer"))
    for column in FACTORS:
        rows.words(column, LEVELS[column])
    rows.words("axis", AXES, null=True)
    rows.words("name_hint", get_args(NameHint))
    rows.words("probe", PROBES, null=True)
    _check_facts(rows)
    _check_options(rows)


def check_question_ids(tables: Iterable[tuple[str, pa.Table]]) -> None:
    """Check that no question occurs twice and no item has too many; tables: (file, its questions).

    Raises:
        UsageError: the message names the question or the item.
    """
    names, found = zip(*tables, strict=True)
    ids = pa.chunked_array([chunk for table in found for chunk in table["question_id"].chunks], pa.string())
    codes = ids.combine_chunks().dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    if len(codes.dictionary) < len(codes):
        at = int(repeats(codes.indices).argmax())
        raise UsageError(f"{names[-1]}: question_id {shown(codes[at])} occurs twice, expected it once")
    owners = pa.chunked_array([chunk for table in found for chunk in table["item_id"].chunks], pa.string())
    counts = pc.value_counts(owners)
    if len(counts):
        sizes = counts.field("counts")
        most = pc.max(sizes).as_py()
        if most > MOST_QUESTIONS_PER_ITEM:
            item = counts.field("values")[pc.index(sizes, most).as_py()]
            raise UsageError(
                f"{names[-1]}: item {shown(item)} has {most:,} questions, expected at most "
                f"{MOST_QUESTIONS_PER_ITEM}"
            )


def _check_facts(rows: Rows) -> None:
    flat, relation = rows.mask("dimension", "2d"), _of_pairs(rows)
    allowed = [("2d", "in_plane"), ("2d", "naming"), *(("3d", task) for task in TASKS)]
    rows.among(("dimension", "task"), allowed, "in_plane or naming in 2d")
    naming, probe = rows.mask("task", "naming"), as_mask(pc.is_valid(rows.column("probe")))
    rows.refuse(naming != rows.mask("probe", "naming"), "probe", "naming if, and only if, the task is naming")
    rows.refuse(probe & ~relation, "probe", "null in a question about the whole stack")
    rows.among(("task", "plane", "axis"), _asked(), "an axis that the task asks about in this plane")
    unasked = "in a question about the whole stack"
    for column in ("structure_a", "structure_b", "evidence"):
        rows.null_where(column, ~relation, unasked)
    same = as_mask(pc.equal(rows.column("structure_a"), rows.column("structure_b")))
    rows.refuse(same, "structure_b", "another structure than structure_a")
    rows.null_where("view_id", rows.mask("condition", "text_only"), "in a text-only question")
    rows.null_where("stack_reversed", flat, "in 2d")
    rows.null_where("shared_frames", flat | ~relation, "in 2d, and in a question about the whole stack")
    rows.numbers("shared_frames", 0, MOST_FRAMES)
    for field, low, high in (("p_a_greater", 0, 1), ("delta_mm", -_LARGEST_MM, _LARGEST_MM)):
        column = f"evidence.{field}"
        rows.refuse(relation & as_mask(pc.is_null(rows.column(column))), column, "a number")
        rows.numbers(column, low, high)


def _check_options(rows: Rows) -> None:
    """Two different options, or three for the plane of a stack, one of which is the answer."""
    lengths = rows.lengths("options")
    expected = np.where(rows.mask("task", "slice_direction"), 3, 2)
    rows.refuse(lengths != expected, "options", "two answers, or three in a slice_direction question")
    texts, parents = items(rows.column("options"))
    empty = as_mask(pc.is_null(texts)) | as_mask(pc.equal(texts, ""))
    rows.refuse_item(empty, parents, "options", "an option is null or empty")
    answers = rows.column("answer").take(pa.array(parents))
    right = np.bincount(parents, weights=as_mask(pc.equal(texts, answers)), minlength=len(rows))
    rows.refuse(right == 0, "answer", "one of the options")
    codes = as_numbers(texts.dictionary_encode().indices)
    pairs = parents * (int(codes.max(initial=0)) + 1) + codes
    rows.refuse_item(repeats(pa.array(pairs)), parents, "options", "an option occurs twice")


def _of_pairs(rows: Rows) -> np.typing.NDArray[np.bool_]:
    return as_mask(pc.is_in(rows.column("task"), value_set=pa.array(PAIR_TASKS, pa.string())))


def _asked() -> Iterator[tuple[str, str, str]]:
    """(task, plane, axis) of every question; the axis is "" if none is asked about."""
    for plane in PLANES:
        yield "slice_direction", plane, ""
        yield "naming", plane, ""
        yield "stack_order", plane, SLICE_AXIS[plane]
        yield "cross_slice", plane, SLICE_AXIS[plane]
        for axis in in_plane_axes(plane):
            yield "in_plane", plane, axis
