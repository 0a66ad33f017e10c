"""Checks of what the frames of an item show, based on their pixels only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.benchmark.validate.colours import corner_count, is_mark_colour, point_shows, shows
from misground.benchmark.validate.png import BadPictureError, Picture, read_png
from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredMark, StoredView
from misground.coordinates import LONGER_SIDE, Canvas, canvas, squared

_CLOSE: Final = 1e-9
_SCALING: Final = 3
"""Grey levels by which bilinear scaling may differ between rows first and columns first."""

Pixels = NDArray[np.uint8]


@dataclass
class _Frames:
    """The frames of an item, decoded one at a time; equal unmarked files are decoded once."""

    plain: dict[tuple[str, int], Pixels] = field(default_factory=dict)
    known: dict[bytes, Picture] = field(default_factory=dict)

    def read(self, data: bytes, view: StoredView) -> Picture:
        picture = self.known.get(data)
        if picture is None or picture.pixels.shape[:2] != (view.height, view.width):
            picture = read_png(data, view.width, view.height)
            if picture.grey:
                self.known[data] = picture
        return picture


def check_pictures(record: ItemRecord, context: Context) -> Iterator[str]:
    """Every frame decodes, has the size of its canvas, and shows what its view states."""
    frames = _Frames()
    for view in sorted(record.views, key=lambda view: (view.blank, view.prompt != "none")):
        where = f"{record.label}: view {view.view_id}"
        square = not record.first.is_relation
        fault = _canvas_fault(view, context, square=square)
        if fault:
            yield f"{where}: {fault}"
            continue
        for number, data in enumerate(view.frames):
            marks = [mark for mark in view.marks if mark.frame == number]
            try:
                picture = frames.read(data, view)
            except BadPictureError as error:
                yield f"{where}, frame {number}: {error}"
                continue
            if view.prompt == "none" and picture.grey:
                frames.plain[view.coordinates, number] = picture.pixels
            fault = _frame_fault(view, marks, picture, frames.plain.get((view.coordinates, number)))
            if not fault and square:
                fault = _surround_fault(view, picture, context)
            if fault:
                yield f"{where}, frame {number}: {fault}"
    yield from (f"{record.label}: {fault}" for fault in _coordinate_faults(frames.plain))


def _canvas_fault(view: StoredView, context: Context, *, square: bool) -> str | None:
    expected, side = _slice_canvas(view, context), LONGER_SIDE[view.dimension]
    width, height = (side, side) if square else (expected.width, expected.height)
    if (view.width, view.height) != (width, height):
        return f"found {view.width} x {view.height} pixels, expected {width} x {height} for its case"
    if abs(view.mm_per_pixel - expected.mm_per_pixel) > _CLOSE * expected.mm_per_pixel:
        return f"mm_per_pixel is {view.mm_per_pixel}, expected {expected.mm_per_pixel}"
    return None


def _surround_fault(view: StoredView, picture: Picture, context: Context) -> str | None:
    """On a square canvas, everything around the slice in its middle is black."""
    inner = _slice_canvas(view, context)
    slice_there = squared(np.ones((inner.height, inner.width), dtype=np.bool_), view.coordinates)
    return "is not black around its slice" if picture.pixels[~slice_there].any() else None


def _slice_canvas(view: StoredView, context: Context) -> Canvas:
    case = context.case
    return canvas(view.plane, view.coordinates, case.shape, case.spacing_mm, LONGER_SIDE[view.dimension])


def _frame_fault(
    view: StoredView, marks: list[StoredMark], picture: Picture, plain: Pixels | None
) -> str | None:
    if view.prompt == "none" or not marks:
        if view.blank:
            return "is not empty, but nothing is marked on its blank canvas" if picture.pixels.any() else None
        if not picture.grey:
            return "is not greyscale, but nothing is marked in it"
        if plain is not None and not np.array_equal(picture.pixels, plain):
            return "differs from the same slice without a prompt, but nothing is marked in it"
        return None
    if picture.grey:
        return "is greyscale, but its structures should be marked"
    fault = _background_fault(picture.pixels, np.zeros_like(picture.pixels[:, :, 0]) if view.blank else plain)
    return fault or _drawing_fault(view.prompt, marks, picture.pixels)


def _background_fault(pixels: Pixels, ground: Pixels | None) -> str | None:
    """Any pixel that differs from the unmarked picture must have a colour of the marks."""
    if ground is None or ground.shape != pixels.shape[:2]:
        return None
    # One channel at a time: reducing over an axis of length three is many times slower.
    red, green, blue = (pixels[:, :, channel] != ground for channel in range(3))
    drawn = red | green | blue
    foreign = ~is_mark_colour(pixels[drawn], ground[drawn])
    if foreign.any():
        return f"{int(foreign.sum())} pixels have neither the unmarked picture's nor a mark's colour"
    return None


def _drawing_fault(prompt: str, marks: list[StoredMark], pixels: Pixels) -> str | None:
    """Each mark has its colour at its recorded position; not checked if the two boxes overlap."""
    if len(marks) == 2 and _overlap(marks[0], marks[1]):
        return None
    for mark in marks:
        seen = shows(pixels, mark.color, mark.box)
        if prompt == "box":
            seen = seen and corner_count(pixels, mark.color, mark.box) >= 2
        elif prompt == "point":
            seen = point_shows(pixels, mark.color, mark.point)
        if not seen:
            return (
                f"the {prompt} of {mark.label} ({mark.structure}) is not visible where its mark is recorded"
            )
    return None


def _overlap(one: StoredMark, other: StoredMark) -> bool:
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = one.box, other.box
    return ax0 < bx1 and bx0 < ax1 and ay0 < by1 and by0 < ay1


def _coordinate_faults(plain: dict[tuple[str, int], Pixels]) -> Iterator[str]:
    """The same slice in both coordinates must be one picture, transposed and turned."""
    for (coordinates, frame), stored in plain.items():
        viewed = plain.get(("viewing", frame)) if coordinates == "storage" else None
        if viewed is None:
            continue
        turned = stored.T[::-1, ::-1].astype(np.int16)
        if turned.shape != viewed.shape or np.abs(turned - viewed).max() > _SCALING:
            yield f"frame {frame} shows different pictures in viewing and storage coordinates"
