"""Checks of the recorded positions of the asked structures."""

from collections.abc import Iterator
from typing import Final

from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredMark, StoredView
from misground.rendering import COLORS

_ROUNDING_PX: Final = 1

Box = tuple[int, int, int, int]


def check_marks(record: ItemRecord, context: Context) -> Iterator[str]:
    """Labels, colours, frames, boxes and points: equal under all prompts, consistent between coordinates."""
    by_coordinates: dict[str, StoredView] = {}
    for view in record.views:
        where = f"{record.label}: view {view.view_id}"
        yield from (f"{where}: {fault}" for fault in _view_faults(record, view))
        reference = by_coordinates.setdefault(view.coordinates, view)
        if view.marks != reference.marks:
            yield f"{where}: marks differ from view {reference.view_id}, which has the same coordinates"
    storage, viewing = by_coordinates.get("storage"), by_coordinates.get("viewing")
    if storage and viewing:
        fault = _mirror_fault(storage, viewing, fine=context.fine(storage))
        if fault:
            yield f"{record.label}: {fault}"


def box_as_viewed(box: Box, width: int, height: int) -> Box:
    """A box of the storage canvas (width x height) on the viewing canvas: transposed, then turned by 180°."""
    x0, y0, x1, y1 = box
    return height - y1, width - x1, height - y0, width - x0


def _view_faults(record: ItemRecord, view: StoredView) -> Iterator[str]:
    row = record.first
    if not row.is_relation:
        if view.marks:
            yield f"found {len(view.marks)} marks, but the question is about no structure, expected none"
        return
    structures = {"A": row.structure_a, "B": row.structure_b}
    seen: set[tuple[str, int]] = set()
    for mark in view.marks:
        where = f"mark {mark.label} in frame {mark.frame}"
        if mark.label not in structures or mark.structure != structures[mark.label]:
            yield f"{where} is for {mark.structure}, expected A {row.structure_a} or B {row.structure_b}"
            continue
        if mark.color != COLORS["A" if mark.label == "A" else "B"]:
            yield f"{where} has color {mark.color!r}, expected {COLORS['A' if mark.label == 'A' else 'B']}"
        if not 0 <= mark.frame < len(view.slices):
            yield f"{where}: the view has only {len(view.slices)} frames"
        if (mark.label, mark.frame) in seen:
            yield f"{where} is recorded twice"
        seen.add((mark.label, mark.frame))
        yield from _place_faults(mark, view, where)
    for label in sorted(structures.keys() - {label for label, _ in seen}):
        yield f"no frame shows {label} ({structures[label]})"


def _place_faults(mark: StoredMark, view: StoredView, where: str) -> Iterator[str]:
    x0, y0, x1, y1 = mark.box
    if not (0 <= x0 < x1 <= view.width and 0 <= y0 < y1 <= view.height):
        yield f"{where}: box {list(mark.box)} is empty or outside the {view.width} x {view.height} canvas"
    elif not (x0 <= mark.point[0] < x1 and y0 <= mark.point[1] < y1):
        yield f"{where}: point {list(mark.point)} is outside its box {list(mark.box)}"


def _mirror_fault(storage: StoredView, viewing: StoredView, *, fine: bool) -> str | None:
    boxes = {(mark.label, mark.frame): mark.box for mark in viewing.marks}
    if boxes.keys() != {(mark.label, mark.frame) for mark in storage.marks}:
        return "the structures are visible in different frames in storage and viewing coordinates"
    for mark in storage.marks if fine else ():
        expected = box_as_viewed(mark.box, storage.width, storage.height)
        found = boxes[mark.label, mark.frame]
        if max(abs(a - b) for a, b in zip(expected, found, strict=True)) > _ROUNDING_PX:
            return (
                f"mark {mark.label} in frame {mark.frame} has box {list(found)} in viewing coordinates, "
                f"{list(mark.box)} in storage coordinates; expected {list(expected)}"
            )
    return None
