"""Every view against the scan: marks recomputed from the label map, pictures rendered again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from misground.benchmark.validate.label_map import LabelMap
from misground.benchmark.validate.mirrored import asked_along
from misground.benchmark.validate.png import BadPictureError, read_png
from misground.benchmark.validate.record import ItemRecord
from misground.benchmark.validate.rows import StoredMark, StoredView
from misground.coordinates import LONGER_SIDE, Canvas, canvas, to_screen
from misground.records import Mark, View
from misground.rendering import render_views

Pixels = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawn:
    """The views of an item rendered again, in the order of the record."""

    views: tuple[View, ...]


def draw_again(record: ItemRecord, labels: LabelMap, window: tuple[float, float]) -> Drawn | str:
    """The views of an item as they should be, or the reason why they cannot be rendered."""
    try:
        return Drawn(tuple(render_views(labels.case, [record.spec(v) for v in record.views], window)))
    except ValueError as error:
        return f"{record.label}: its views cannot be drawn: {error}"


def check_source_marks(record: ItemRecord, labels: LabelMap, drawn: Drawn) -> Iterator[str]:
    """Frames and boxes as nearest sampling of the label map gives them; points inside, and as rendered."""
    expected: dict[tuple[str, str, int, bool], Pixels] = {}
    for view, again in zip(record.views, drawn.views, strict=True):
        where = f"{record.label}: view {view.view_id}"
        found = {(mark.label, mark.frame): mark for mark in view.marks}
        redrawn: dict[tuple[str, int], Mark] = {(mark.label, mark.frame): mark for mark in again.marks}
        for label, key in (("A", record.first.structure_a), ("B", record.first.structure_b)):
            for frame, index in enumerate(view.slices if key is not None else ()):
                place = (view.coordinates, label, frame, view.mirrored)
                if place not in expected:
                    section = labels.section(key or "", view.plane, index)
                    expected[place] = mirrored(sampled(section, view, labels), record, view)
                fault = _mark_fault(found.get((label, frame)), redrawn.get((label, frame)), expected[place])
                if fault:
                    yield f"{where}: {key} in frame {frame} (slice {index}) {fault}"


def check_source_pictures(record: ItemRecord, drawn: Drawn) -> Iterator[str]:
    """The pixels of every frame against a new rendering of the scan."""
    for view, again in zip(record.views, drawn.views, strict=True):
        where = f"{record.label}: view {view.view_id}"
        for frame, (found, expected) in enumerate(zip(view.frames, again.frames, strict=True)):
            if found == expected:
                continue
            try:
                pixels = read_png(found, again.width, again.height).pixels
            except BadPictureError as error:
                yield f"{where}, frame {frame}: {error}"
                continue
            wanted = read_png(expected, again.width, again.height).pixels
            if pixels.shape != wanted.shape or not np.array_equal(pixels, wanted):
                yield f"{where}, frame {frame} (slice {view.slices[frame]}): {_difference(pixels, wanted)}"


def sampled(section: Pixels, view: StoredView, labels: LabelMap) -> Pixels:
    """(height, width) mask of a section by nearest sampling; if that misses it, the pixels at its voxels."""
    case = labels.case
    grid = canvas(
        view.plane, view.coordinates, case.facts.shape, case.facts.spacing_mm, LONGER_SIDE[view.dimension]
    )
    shown = to_screen(section, view.coordinates)
    pixels: Pixels = shown[np.ix_(grid.row_voxels(), grid.column_voxels())]
    if shown.any() and not pixels.any():
        pixels = _under_voxels(shown, grid)
    return pixels


def mirrored(pixels: Pixels, record: ItemRecord, view: StoredView) -> Pixels:
    """A mask as a view shows it: mirrored along the asked axis if the view is."""
    along = asked_along(record) if view.mirrored else "frame"
    return {"row": pixels[::-1], "column": pixels[:, ::-1]}.get(along, pixels)


def _under_voxels(shown: Pixels, grid: Canvas) -> Pixels:
    rows, columns = np.nonzero(shown)
    pixels = np.zeros((grid.height, grid.width), dtype=np.bool_)
    y = (2 * rows + 1) * grid.height // (2 * grid.native[0])
    x = (2 * columns + 1) * grid.width // (2 * grid.native[1])
    pixels[y, x] = True
    return pixels


def _mark_fault(mark: StoredMark | None, redrawn: Mark | None, expected: Pixels) -> str | None:
    if mark is None or not expected.any():
        if mark is None and not expected.any():
            return None
        return "is visible but not marked" if mark is None else "is marked but not visible"
    ys, xs = np.flatnonzero(expected.any(axis=1)), np.flatnonzero(expected.any(axis=0))
    box = (int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
    if mark.box != box:
        return f"has box {list(mark.box)}, expected {list(box)}"
    x, y = mark.point
    if not (0 <= y < expected.shape[0] and 0 <= x < expected.shape[1] and expected[y, x]):
        return f"has point {list(mark.point)}, which is outside the structure"
    if redrawn is not None and mark.point != redrawn.point:
        return f"has point {list(mark.point)}, expected {list(redrawn.point)}"
    return None


def _difference(found: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> str:
    if found.shape != wanted.shape:
        return "is greyscale where colour is expected, or vice versa"
    apart = (found != wanted).reshape(*found.shape[:2], -1).any(axis=2)
    return f"{int(apart.sum())} of {apart.size} pixels differ from the scan"
