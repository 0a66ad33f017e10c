"""The three visual prompts as small images of inks: mask, box, point."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from misground.rendering.ink import DARK, Ink, fill, solid
from misground.rendering.sections import Section
from misground.rendering.style import Label, Style

Marked = Literal["mask", "box", "point"]

_DASH: Final = 4
"""Length in pixels of the dashes where two outlines overlap."""


@dataclass(frozen=True)
class Shape:
    """A mark without its letter: its inks from pixel (x, y) = `start` on, and its middle pixel."""

    start: tuple[int, int]
    ink: Ink
    middle: tuple[int, int]

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the canvas that it covers."""
        (x, y), (height, width) = self.start, self.ink.shape
        return slice(y, y + height), slice(x, x + width)


def draw_shape(
    prompt: Marked, section: Section, label: Label, style: Style, canvas: tuple[int, int]
) -> Shape:
    """The mark of a section on a canvas of (height, width) pixels.

    A mask is a translucent fill with an opaque contour inside it, a box an outline whose outer edge is the
    section's box, and a point a disc with a dark rim around the section's point, clipped to the canvas.
    """
    if prompt == "mask":
        return Shape(section.box[:2], _mask(section.inside, label, style.contour), section.point)
    if prompt == "box":
        return Shape(section.box[:2], _outline(section.inside.shape, label, style.box_line), section.point)
    return _dot(section.point, label, style.dot_radius, canvas)


def _mask(inside: NDArray[np.bool_], label: Label, contour: int) -> Ink:
    ink = np.where(inside, np.uint8(solid(label)), np.uint8(0))
    ink[_eroded(inside, contour)] = fill(label)
    return ink


def _eroded(inside: NDArray[np.bool_], times: int) -> NDArray[np.bool_]:
    """The mask after removing pixels with one of their four neighbours outside, repeated `times` times."""
    padded = np.zeros((inside.shape[0] + 2, inside.shape[1] + 2), dtype=np.bool_)
    inner = padded[1:-1, 1:-1]
    inner[:] = inside
    for _ in range(times):
        inner[:] = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inner


def _outline(shape: tuple[int, ...], label: Label, line: int) -> Ink:
    ink = np.full(shape, solid(label), dtype=np.uint8)
    ink[line:-line, line:-line] = 0
    return ink


def _dot(point: tuple[int, int], label: Label, radius: int, canvas: tuple[int, int]) -> Shape:
    x0, y0 = (max(0, middle - radius - 1) for middle in point)
    y1, x1 = (min(side, middle + radius + 2) for side, middle in zip(canvas, point[::-1], strict=True))
    away = _distance_to(point, np.arange(y0, y1), np.arange(x0, x1))
    ink = np.zeros(away.shape, dtype=np.uint8)
    # Adding half a pixel to the radius makes small discs round.
    ink[4 * away <= (2 * radius + 3) ** 2] = DARK
    ink[4 * away <= (2 * radius + 1) ** 2] = solid(label)
    return Shape((x0, y0), ink, point)


def _distance_to(
    point: tuple[int, int], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Squared distance in pixels, (rows, columns)."""
    return (rows[:, None] - point[1]) ** 2 + (columns[None, :] - point[0]) ** 2


def lay(shapes: list[Shape], prompt: Marked, canvas: tuple[int, int]) -> Ink:
    """One or two shapes on one canvas (height, width), both of them visible where they overlap.

    Overlapping outlines alternate in dashes; of two overlapping dots, each keeps the half closer to it.
    """
    ink = np.zeros(canvas, dtype=np.uint8)
    for shape in shapes:
        window = ink[shape.window]
        drawn = shape.ink > 0
        both = drawn & (window > 0)
        if both.any():
            drawn &= ~(both & _first_keeps(shapes[0], shape, prompt))
        window[drawn] = shape.ink[drawn]
    return ink


def _first_keeps(first: Shape, second: Shape, prompt: Marked) -> NDArray[np.bool_]:
    """The pixels of the second shape's window that the first one keeps where both are drawn."""
    rows, columns = (np.arange(part.start, part.stop) for part in second.window)
    if prompt == "point":
        return _distance_to(first.middle, rows, columns) <= _distance_to(second.middle, rows, columns)
    dashed: NDArray[np.bool_] = (rows[:, None] + columns[None, :]) // _DASH % 2 == 0
    return dashed
