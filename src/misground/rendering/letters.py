"""Placement of the letter of a mark, in terms of rectangles and occupied pixels.

A letter never covers taken pixels (the other mark, the other letter) and never leaves the canvas. It is
placed beside its own mark if there is room; otherwise at the border of the canvas or, as a last resort,
anywhere, with a leader line to its mark. All positions are compared, so equal input gives equal placement.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Occupied = NDArray[np.bool_]
Point = tuple[int, int]
Box = tuple[int, int, int, int]

_BORDER_STEP: Final = 4
"""Distance in pixels between the positions tried along the border."""
_CROSSING_COST: Final = 2
"""By how many pixels a line may be longer to avoid one taken pixel."""


@dataclass(frozen=True)
class Place:
    """The placement of a letter.

    Attributes:
        box: half-open rectangle (x0, y0, x1, y1).
        leader: (n, 2) pixels (x, y) of the leader line from the rectangle to the letter's mark, without taken
            pixels; empty for a letter beside its mark.
    """

    box: Box
    leader: NDArray[np.intp]


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of a letter, as masks (height, width) of the canvas.

    Attributes:
        own: pixels of its own mark, at least one.
        taken: pixels that it must not cover.
        shunned: pixels that it should not cover.
        anchor: the pixel (x, y) of its own mark that it should be close to.
    """

    own: Occupied
    taken: Occupied
    shunned: Occupied
    anchor: Point


def place_letter(around: Surroundings, size: tuple[int, int], reach: int) -> Place | None:
    """The best placement of a letter.

    Args:
        around: the surroundings.
        size: (width, height) of the letter in pixels.
        reach: a letter within this distance of its mark, in pixels, needs no leader line.

    Returns:
        The placement; None if there is no free place on the canvas.
    """
    box = _beside(around, size, reach)
    if box is not None:
        return Place(box, np.empty((0, 2), dtype=np.intp))
    box = _remote(around, size)
    return None if box is None else Place(box, _leader(around, box))


def _beside(around: Surroundings, size: tuple[int, int], reach: int) -> Box | None:
    """The nearest free place beside its own mark, preferably away from taken and shunned pixels."""
    width, height = size
    rows = _window(around.own, 1, height + reach)
    columns = _window(around.own, 0, width + reach)
    window = (rows, columns)
    if rows.stop - rows.start < height or columns.stop - columns.start < width:
        return None
    own, near_own = _counts(around.own[window], size, reach)
    taken, near_taken = _counts(around.taken[window], size, reach)
    shunned, _ = _counts(around.shunned[window], size, 0)
    ys, xs = np.nonzero((own == 0) & (near_own > 0) & (taken == 0))
    if not ys.size:
        return None
    crowded = (shunned[ys, xs] > 0) | (near_taken[ys, xs] > 0)
    xs, ys = xs + columns.start, ys + rows.start
    best = np.lexsort((_distance(xs, ys, size, around.anchor), crowded))[0]
    return _box(xs[best], ys[best], size)


def _remote(around: Surroundings, size: tuple[int, int]) -> Box | None:
    """The free place at the border with the best line to the anchor; else the nearest free place."""
    width, height = size
    canvas_height, canvas_width = around.own.shape
    if canvas_height < height or canvas_width < width:
        return None
    taken, _ = _counts(around.taken, size, 0)
    own, _ = _counts(around.own, size, 0)
    free = taken == 0
    ys, xs = np.nonzero(free & _border_places(free.shape))
    if ys.size:
        crossed = _crossings(around, xs, ys, size)
        length = np.sqrt(_distance(xs, ys, size, around.anchor)) / 2
        best = np.lexsort((length + _CROSSING_COST * crossed, crossed > 0, own[ys, xs] > 0))[0]
        return _box(xs[best], ys[best], size)
    ys, xs = np.nonzero(free)
    if not ys.size:
        return None
    best = np.lexsort((_distance(xs, ys, size, around.anchor), own[ys, xs] > 0))[0]
    return _box(xs[best], ys[best], size)


def _border_places(shape: tuple[int, ...]) -> Occupied:
    """The upper left corners that place a letter at the border of the canvas, every few pixels."""
    places = np.zeros(shape, dtype=np.bool_)
    places[[0, -1], ::_BORDER_STEP] = True
    places[::_BORDER_STEP, [0, -1]] = True
    return places


def _crossings(
    around: Surroundings, xs: NDArray[np.intp], ys: NDArray[np.intp], size: tuple[int, int]
) -> NDArray[np.intp]:
    """The number of taken pixels on the line from each place's centre to the anchor."""
    x, y = around.anchor
    starts_x, starts_y = xs + size[0] // 2, ys + size[1] // 2
    steps = max(around.own.shape)
    part = np.arange(steps)[:, None]
    line_x = starts_x + (part * (x - starts_x)) // steps
    line_y = starts_y + (part * (y - starts_y)) // steps
    crossed: NDArray[np.intp] = around.taken[line_y, line_x].sum(axis=0, dtype=np.intp)
    return crossed


def _leader(around: Surroundings, box: Box) -> NDArray[np.intp]:
    """The free pixels on the straight line from a letter's rectangle to its own mark."""
    x1, y1 = around.anchor
    x0 = min(max(x1, box[0]), box[2] - 1)
    y0 = min(max(y1, box[1]), box[3] - 1)
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    part = np.arange(steps + 1)
    xs = x0 + (2 * part * (x1 - x0) + steps) // (2 * steps)
    ys = y0 + (2 * part * (y1 - y0) + steps) // (2 * steps)
    outside = (xs < box[0]) | (xs >= box[2]) | (ys < box[1]) | (ys >= box[3])
    reached = np.maximum.accumulate(around.own[ys, xs])
    drawn = outside & ~reached & ~around.taken[ys, xs]
    return np.stack((xs[drawn], ys[drawn]), axis=1)


def _window(own: Occupied, across: int, margin: int) -> slice:
    """The rows (`across` 1) or columns (`across` 0) within `margin` of the mark."""
    where = np.flatnonzero(own.any(axis=across))
    return slice(max(0, int(where[0]) - margin), min(own.shape[1 - across], int(where[-1]) + 1 + margin))


def _counts(
    occupied: Occupied, size: tuple[int, int], reach: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Occupied pixels in a rectangle, by its upper left corner; and in one enlarged by `reach`."""
    width, height = size
    if not occupied.any():
        nowhere = np.zeros((occupied.shape[0] + 1 - height, occupied.shape[1] + 1 - width), dtype=np.int32)
        return nowhere, nowhere
    rows, columns = (side + 2 * reach for side in occupied.shape)
    sums = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    inside = sums[1 + reach : rows + 1 - reach, 1 + reach : columns + 1 - reach]
    occupied.cumsum(axis=0, dtype=np.int32, out=inside)
    sums[rows + 1 - reach :, 1 + reach : columns + 1 - reach] = inside[-1]  # no further pixels below
    sums.cumsum(axis=1, out=sums)
    grown = _rectangle_sums(sums, width + 2 * reach, height + 2 * reach)
    if not reach:
        return grown, grown
    inner = sums[reach:-reach, reach:-reach]
    return _rectangle_sums(inner, width, height), grown


def _rectangle_sums(sums: NDArray[np.int32], width: int, height: int) -> NDArray[np.int32]:
    return sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]


def _distance(
    xs: NDArray[np.intp], ys: NDArray[np.intp], size: tuple[int, int], anchor: Point
) -> NDArray[np.intp]:
    """Squared distance between the centres of a letter and the anchor, in half pixels."""
    return (2 * xs + size[0] - 2 * anchor[0] - 1) ** 2 + (2 * ys + size[1] - 2 * anchor[1] - 1) ** 2


def _box(x: np.intp, y: np.intp, size: tuple[int, int]) -> Box:
    return int(x), int(y), int(x) + size[0], int(y) + size[1]
