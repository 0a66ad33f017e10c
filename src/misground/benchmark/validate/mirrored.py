"""Checks of mirrored views: they are the item's own views, mirrored along the axis that it asks about.

The item's views come first in the file. What their mirror images should be is kept as hashes, since several
items may share them and the mirrored views of each follow at some distance.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.benchmark.validate.marks import check_marks
from misground.benchmark.validate.on_screen import TOWARDS
from misground.benchmark.validate.pictures import check_pictures
from misground.benchmark.validate.png import BadPictureError, read_png
from misground.benchmark.validate.probes import screen_faults
from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredMark, StoredView
from misground.questions import view_id

Place = tuple[str, int, tuple[int, int, int, int], tuple[int, int]]
"""Label, frame, box and point of a mark."""
_SEEN_AS: Final = {"left": "column", "right": "column", "above": "row", "below": "row"}


@dataclass(frozen=True)
class Expected:
    """What the mirrored views of an item should show.

    Attributes:
        slices: RAS+ indices in display order.
        frames: the hash of each frame without marks; None where it cannot be read.
        marks: the places of all marks.
    """

    slices: tuple[int, ...]
    frames: tuple[str | None, ...]
    marks: frozenset[Place]


def asked_along(record: ItemRecord) -> str:
    """The screen axis along which an item's views are mirrored: row, column, or frame."""
    row = record.first
    if row.task == "cross_slice":
        return "frame"
    return _SEEN_AS[TOWARDS[row.plane, "viewing"][row.axis or ""]]


def expected_mirrored(record: ItemRecord) -> Expected | None:
    """What the mirrored views of an item should show; None if the view to be mirrored is missing."""
    plain = next(
        (v for v in record.views if (v.coordinates, v.prompt, v.blank) == ("viewing", "none", False)), None
    )
    if plain is None:
        return None
    along = asked_along(record)
    last = len(plain.slices) - 1
    frames = tuple(_hash(data, plain, along) for data in plain.frames)
    marks = frozenset(_place(mark, plain, along, last) for mark in plain.marks)
    if along == "frame":
        return Expected(plain.slices[::-1], frames[::-1], marks)
    return Expected(plain.slices, frames, marks)


def check_mirrored(
    record: ItemRecord, views: Sequence[StoredView], expected: Expected | None, context: Context
) -> Iterator[tuple[str, list[str], int]]:
    """(check, problems, number checked) for the mirrored views of an item.

    Args:
        record: the item with its own views, or without.
        views: its mirrored views.
        expected: what they should show; None if the item's own views are not known.
        context: the case.
    """
    alone = ItemRecord(record.rows, tuple(views), record.probes)
    frames = sum(len(view.frames) for view in views)
    yield "ids", list(_id_faults(record, views)), 0
    yield "stacks", list(_slice_faults(record, views, expected)), 0
    yield "pictures", [*check_pictures(alone, context), *_picture_faults(record, views, expected)], frames
    yield "marks", [*check_marks(alone, context), *_mark_faults(record, views, expected)], len(views)
    asked = [(row, alone.by_view_id.get(row.view_id or "")) for row in record.probes]
    shown = [(row, view) for row, view in asked if row.probe == "mirrored" and view is not None]
    problems = [fault for row, view in shown for fault in screen_faults(record, row, view, context)]
    yield "on_screen", problems, 0  # their questions are counted with the item


def _id_faults(record: ItemRecord, views: Sequence[StoredView]) -> Iterator[str]:
    for view in views:
        where = f"{record.label}: mirrored view {view.view_id}"
        if not view.mirrored:
            yield f"{where}: mirrored is false"
        elif view.view_id != (wanted := view_id(record.spec(view))):
            yield f"{where}: expected view_id {wanted} for what it shows"
        facts = (view.case_id, view.dimension, view.plane, view.coordinates, view.blank)
        row = record.first
        if facts != (row.case_id, row.dimension, row.plane, "viewing", False):
            yield f"{where} shows {'/'.join(map(str, facts))}, expected the item's picture as viewed"


def _slice_faults(
    record: ItemRecord, views: Sequence[StoredView], expected: Expected | None
) -> Iterator[str]:
    for view in views:
        if expected is None:
            yield f"{record.label}: mirrored view {view.view_id} does not follow the view that it mirrors"
        elif view.slices != expected.slices:
            yield f"{record.label}: mirrored view {view.view_id} does not show the slices that it should"


def _picture_faults(
    record: ItemRecord, views: Sequence[StoredView], expected: Expected | None
) -> Iterator[str]:
    for view in views:
        if expected is None or view.prompt != "none" or len(view.frames) != len(expected.frames):
            continue  # frames with marks are compared with those without by `check_pictures`
        for number, (data, wanted) in enumerate(zip(view.frames, expected.frames, strict=True)):
            if wanted is not None and _hash(data, view, "frame") != wanted:
                yield (
                    f"{record.label}: view {view.view_id}, frame {number}: is not the mirror image of the "
                    "item's own picture"
                )


def _mark_faults(record: ItemRecord, views: Sequence[StoredView], expected: Expected | None) -> Iterator[str]:
    for view in views:
        found = {(mark.label, mark.frame, mark.box, mark.point) for mark in view.marks}
        if expected is not None and found != expected.marks:
            yield f"{record.label}: marks of view {view.view_id} are not the mirror images of the item's own"


def _place(mark: StoredMark, view: StoredView, along: str, last: int) -> Place:
    (x0, y0, x1, y1), (x, y) = mark.box, mark.point
    if along == "column":
        box, point = (view.width - x1, y0, view.width - x0, y1), (view.width - 1 - x, y)
    elif along == "row":
        box, point = (x0, view.height - y1, x1, view.height - y0), (x, view.height - 1 - y)
    else:
        box, point = mark.box, mark.point
    return mark.label, last - mark.frame if along == "frame" else mark.frame, box, point


def _hash(data: bytes, view: StoredView, along: str) -> str | None:
    """The hash of a frame's pixels, mirrored along a row or column; None if it cannot be read."""
    try:
        pixels: NDArray[np.uint8] = read_png(data, view.width, view.height).pixels
    except BadPictureError:
        return None
    turned = {"row": pixels[::-1], "column": pixels[:, ::-1]}.get(along, pixels)
    return hashlib.sha256(np.ascontiguousarray(turned).tobytes()).hexdigest()
