"""The views of a benchmark: every value that a view may hold, its pictures apart.

Pictures are checked one at a time when they are used (`benchmark.picture`).
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from misground.records.door.rows import Rows, as_mask, as_numbers, items
from misground.records.factors import LEVELS
from misground.records.limits import LONGEST_SIDE, MOST_FRAMES, MOST_SLICE
from misground.records.schemas import VIEWS

OF_VIEW: Final = ("view_id", "case_id", "dimension", "plane", "coordinates", "prompt", "blank", "mirrored")
"""Columns that say which question a view may belong to."""
_LARGEST_PIXEL_MM: Final = 1e6
_COLOR: Final = "^#[0-9a-fA-F]{6}$"

Numbers = npt.NDArray[np.int64]


def check_views(table: pa.Table, name: str, first: int = 0) -> None:
    """Check rows of some columns of `records.schemas.VIEWS`, each row by itself.

    Args:
        table: the rows; what needs a column that is not among them is not checked.
        name: the file, for messages.
        first: the number of the first row in the file, for messages.

    Raises:
        UsageError: a row is not one that a build writes; the message names it.
    """
    rows = Rows(table, name, "view_id", first)
    there = set(table.column_names)
    rows.never_null(column for column in VIEWS.names if column in there)
    rows.names(column for column in ("view_id", "case_id") if column in there)
    for column in ("dimension", "plane", "coordinates", "prompt"):
        if column in there:
            rows.words(column, LEVELS[column])
    for column in {"width", "height"} & there:
        rows.numbers(column, 1, LONGEST_SIDE)
    if "mm_per_pixel" in there:
        rows.numbers("mm_per_pixel", 0, _LARGEST_PIXEL_MM, above=True)
    if "slices" in there:
        _check_slices(rows, there)
    if "frames" in there:
        _check_frames(rows, there)
    if {"marks", "slices", "width", "height"} <= there:
        _check_marks(rows)


def without_paths(table: pa.Table) -> pa.Table:
    """The views with every `path` of a frame null: it would name a file of whoever wrote them."""
    frames = table["frames"].combine_chunks()
    frames = frames.combine_chunks() if isinstance(frames, pa.ChunkedArray) else frames
    values = frames.values
    content = values.field("bytes")
    paths = pa.nulls(len(content), pa.string())
    kind = VIEWS.field("frames").type
    plain = pa.StructArray.from_arrays([content, paths], fields=list(kind.value_type), mask=values.is_null())
    made = pa.ListArray.from_arrays(frames.offsets, plain, type=kind)
    return table.set_column(table.column_names.index("frames"), VIEWS.field("frames"), made)


def _check_slices(rows: Rows, there: set[str]) -> None:
    lengths = rows.lengths("slices")
    rows.refuse((lengths < 1) | (lengths > MOST_FRAMES), "slices", f"1 to {MOST_FRAMES} indices")
    if "dimension" in there:
        rows.refuse(rows.mask("dimension", "2d") & (lengths != 1), "slices", "one index in 2d")
    indices, parents = items(rows.column("slices"))
    numbers = as_numbers(indices)
    wrong = as_mask(pc.is_null(indices)) | (numbers < 0) | (numbers >= MOST_SLICE)
    rows.refuse_item(wrong, parents, "slices", f"an index is null or not from 0 to {MOST_SLICE:,}")


def _check_frames(rows: Rows, there: set[str]) -> None:
    lengths = rows.lengths("frames")
    fault = (lengths < 1) | (lengths > MOST_FRAMES)
    if "slices" in there:
        fault |= lengths != rows.lengths("slices")
    frames, parents = items(rows.column("frames"))
    if fault.any():
        at = int(fault.argmax())
        told = f"{lengths[at]:,} frames, expected as many as slices, 1 to {MOST_FRAMES}"
        rows.refuse_item(fault, np.arange(len(fault)), "frames", told)
    content = pc.struct_field(frames, "bytes")
    empty = as_mask(pc.is_null(content)) | (as_numbers(pc.binary_length(content)) == 0)
    rows.refuse_item(empty, parents, "frames", "a frame has no bytes, expected a PNG file")


def _check_marks(rows: Rows) -> None:
    """Marks of A and B in existing frames, with a colour, and a box and a point within the picture."""
    rows.refuse(rows.lengths("marks") > 2 * MOST_FRAMES, "marks", f"at most {2 * MOST_FRAMES} marks")
    marks, parents = items(rows.column("marks"))

    def refuse(wrong: npt.NDArray[np.bool_], column: str, told: str) -> None:
        rows.refuse_item(wrong, parents, f"marks.{column}" if column else "marks", told)

    refuse(as_mask(pc.is_null(marks)), "", "a mark is null")
    for column in ("structure", "label", "color", "frame", "box", "point"):
        refuse(as_mask(pc.is_null(pc.struct_field(marks, column))), column, "a value is null")
    refuse(as_mask(pc.equal(pc.struct_field(marks, "structure"), "")), "structure", "a key is empty")
    known = pc.is_in(pc.struct_field(marks, "label"), value_set=pa.array(["A", "B"]))
    refuse(~as_mask(known), "label", "a label is neither A nor B")
    plain = pc.match_substring_regex(pc.struct_field(marks, "color"), _COLOR)
    refuse(~as_mask(plain), "color", "a colour is not of the form #rrggbb")
    frame = as_numbers(pc.struct_field(marks, "frame"))
    refuse((frame < 0) | (frame >= rows.lengths("slices")[parents]), "frame", "a mark is in no frame")
    width, height = (as_numbers(rows.column(side))[parents] for side in ("width", "height"))
    box = _vectors(pc.struct_field(marks, "box"), 4)
    point = _vectors(pc.struct_field(marks, "point"), 2)
    if box is None or point is None:
        count = _wrong_length(marks, "box", 4) | _wrong_length(marks, "point", 2)
        refuse(count, "box", "expected a box of four numbers and a point of two")
        return
    x0, y0, x1, y1 = box.T
    inside = (x0 >= 0) & (x0 < x1) & (x1 <= width) & (y0 >= 0) & (y0 < y1) & (y1 <= height)
    refuse(~inside, "box", "a box is empty or outside the picture")
    x, y = point.T
    refuse(~((x >= 0) & (x < width) & (y >= 0) & (y < height)), "point", "a point is outside the picture")


def _vectors(column: pa.Array, size: int) -> Numbers | None:
    """(n, size) numbers; None unless every list has `size` of them."""
    values = column.flatten()
    lengths = as_numbers(pc.list_value_length(column))
    if values.null_count or not (lengths == size).all():
        return None
    return as_numbers(values).reshape(len(column), size)


def _wrong_length(marks: pa.Array, field: str, size: int) -> npt.NDArray[np.bool_]:
    column = pc.struct_field(marks, field)
    values, parents = items(column)
    nulls = np.bincount(parents, weights=as_mask(pc.is_null(values)), minlength=len(column))
    found: npt.NDArray[np.bool_] = (as_numbers(pc.list_value_length(column)) != size) | (nulls > 0)
    return found
