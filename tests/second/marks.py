"""The marks in a picture's own pixels, found by their hue.

A mark's colour laid over grey keeps its hue, however translucent: of a pixel's differences between channels
only the size changes, not the direction. Pictures are (3, height, width).
"""

import numpy as np
from scipy import ndimage

EIGHT = np.ones((3, 3), bool)
# Differences between channels up to this are no colour.
FAINT = 6


def rgb(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])


def hue(picture: np.ndarray) -> np.ndarray:
    """(3, ...) channels -> (2, ...) differences between them; (0, 0) is grey."""
    return picture[:2] - picture[1:]


def of_colours(picture: np.ndarray, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the picture shows either colour, translucent or not: the one whose hue is nearer."""
    found = hue(picture)
    coloured = (np.abs(found) > FAINT).any(axis=0)
    one, other = (hue(rgb(color)) / np.linalg.norm(hue(rgb(color))) for color in (first, second))
    towards_one = (one - other)[0] * found[0] + (one - other)[1] * found[1] > 0
    return coloured & towards_one, coloured & ~towards_one


def is_exactly(picture: np.ndarray, color: str) -> np.ndarray:
    r, g, b = rgb(color)
    return (picture[0] == r) & (picture[1] == g) & (picture[2] == b)


def box_of(where: np.ndarray) -> list[int]:
    """[x0, y0, x1, y1] around what is True, half-open."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def inside(box: list[int], shape: tuple[int, ...]) -> np.ndarray:
    """True within a box."""
    x0, y0, x1, y1 = box
    where = np.zeros(shape, bool)
    where[y0:y1, x0:x1] = True
    return where


def outline(box: list[int], shape: tuple[int, ...]) -> np.ndarray:
    """True on the outermost pixels of a box."""
    x0, y0, x1, y1 = box
    return inside(box, shape) & ~inside([x0 + 1, y0 + 1, max(x0 + 1, x1 - 1), max(y0 + 1, y1 - 1)], shape)


def largest(where: np.ndarray) -> np.ndarray:
    """The largest 8-connected piece."""
    pieces, count = ndimage.label(where, structure=EIGHT)
    return pieces == 1 + np.bincount(pieces.ravel())[1:].argmax() if count else where


def thick(where: np.ndarray, stroke: int) -> np.ndarray:
    """What is at least `stroke` pixels thick: neither a letter, nor a line, nor an outline."""
    if not where.any():
        return where
    x0, y0, x1, y1 = box_of(where)
    result = np.zeros_like(where)
    result[y0:y1, x0:x1] = ndimage.binary_opening(where[y0:y1, x0:x1], np.ones((stroke, stroke), bool))
    return result


def filled(where: np.ndarray) -> np.ndarray:
    """Outlines with their insides; gaps that other lines cut into them do not matter."""
    if not where.any():
        return where
    x0, y0, x1, y1 = box_of(where)
    part = np.pad(where[y0:y1, x0:x1], 3)
    closed = ndimage.binary_closing(part, np.ones((5, 5), bool))
    result = where.copy()
    result[y0:y1, x0:x1] |= ndimage.binary_fill_holes(closed)[3:-3, 3:-3]
    return result


def near(where: np.ndarray, reach: int) -> np.ndarray:
    """What lies within `reach` pixels of what is True, diagonals included."""
    wide = ndimage.maximum_filter1d(where.view(np.uint8), 2 * reach + 1, axis=0)
    return ndimage.maximum_filter1d(wide, 2 * reach + 1, axis=1).astype(bool)
