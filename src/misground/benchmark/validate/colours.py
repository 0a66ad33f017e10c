"""Which pixels may belong to a mark: a colour blended over grey, or the dark rim of a letter or dot."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.rendering import COLORS

_DARK: Final = 16
_RIM: Final = 20
"""The nominal grey of a rim, and the lightest grey accepted as one."""
_ROUNDING: Final = 2

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def is_mark_colour(pixels: NDArray[np.uint8], ground: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether pixels are a rim, or a blend of a background and a mark's colour.

    The background of a translucent fill is the grey below it, that of a letter's smooth edge its dark rim.

    Args:
        pixels: (n, 3) RGB.
        ground: (n,) grey of the unmarked picture.

    Returns:
        (n,) booleans.
    """
    values = np.ascontiguousarray(
        pixels.T, dtype=np.float32
    )  # (3, n), since reducing over three rows is fast
    found: NDArray[np.bool_] = (values.max(axis=0) <= _RIM) & (np.ptp(values, axis=0) <= _ROUNDING)
    for color in COLORS.values():
        full = np.array(_rgb(color), dtype=np.float32)[:, None]
        for base in (ground.astype(np.float32), np.float32(_DARK)):
            step = full - base
            share = ((values - base) * step).sum(axis=0) / np.maximum((step**2).sum(axis=0), 1)
            nearest = base + np.clip(share, 0, 1) * step
            found |= np.abs(nearest - values).max(axis=0) <= _ROUNDING
    return found


def shows(pixels: Pixels, color: str, box: Box) -> bool:
    """Whether any pixel of a box (x0, y0, x1, y1) has exactly a colour."""
    x0, y0, x1, y1 = box
    return bool((pixels[y0:y1, x0:x1] == _rgb(color)).all(axis=2).any())


def corner_count(pixels: Pixels, color: str, box: Box) -> int:
    """The number of corner pixels of a box that have exactly a colour."""
    x0, y0, x1, y1 = box
    return sum(point_shows(pixels, color, (x, y)) for x in (x0, x1 - 1) for y in (y0, y1 - 1))


def point_shows(pixels: Pixels, color: str, point: tuple[int, int]) -> bool:
    """Whether the pixel (x, y) has exactly a colour."""
    x, y = point
    inside = 0 <= y < pixels.shape[0] and 0 <= x < pixels.shape[1]
    return inside and tuple(pixels[y, x].tolist()) == _rgb(color)


def _rgb(color: str) -> tuple[int, int, int]:
    """The three bytes of "#rrggbb"; (-1, -1, -1), which no pixel has, for anything else."""
    try:
        red, green, blue = bytes.fromhex(color.removeprefix("#"))
    except ValueError:
        return -1, -1, -1
    return red, green, blue
