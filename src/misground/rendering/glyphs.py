"""The letters A and B as small images of inks, in Pillow's built-in font."""

from functools import cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from misground.rendering.ink import DARK, SHADES, Ink, shade
from misground.rendering.style import Label

_FULL: Final = 255


@cache
def glyph(label: Label, size: int, rim: int) -> Ink:
    """A letter in its colour with a dark rim, cropped to its pixels.

    Args:
        label: A or B.
        size: font size in pixels; the capital is about 0.7 times as high.
        rim: width of the rim in pixels.

    Returns:
        (height, width) inks, read-only.
    """
    image = Image.new("L", (2 * size, 2 * size))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text((size // 2, size // 2), label, fill=_FULL, font=font)
    steps = (np.asarray(image, dtype=np.int32) * SHADES + _FULL // 2) // _FULL
    inks = np.array([shade(label, step) for step in range(SHADES + 1)], dtype=np.uint8)
    # In some versions of Pillow, the font's own stroke is not centred on the letter.
    across = np.arange(-rim, rim + 1)
    disc = across[:, None] ** 2 + across[None, :] ** 2 <= rim**2 + 1
    rimmed = ndimage.binary_dilation(2 * steps >= SHADES, structure=disc) | (steps > 0)
    ink = np.where(rimmed, np.where(steps > 0, inks[steps], np.uint8(DARK)), np.uint8(0))
    rows, columns = np.flatnonzero(rimmed.any(axis=1)), np.flatnonzero(rimmed.any(axis=0))
    cut = np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    cut.setflags(write=False)
    return cut
