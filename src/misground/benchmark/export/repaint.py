"""Replacing the letters A and B in a finished picture by the digits 1 and 2.

In a harness that labels options with letters, "A" would mean both an option and a mark. Only the finished
pictures are stored, so the letters are searched in them: their pixels are opaque and drawn last, so each has
its
exact colour, and the pattern occurs nowhere else. The pixels under a letter are unknown, so the letter's
rectangle, which never covers the other mark, becomes a dark plate with the digit in the mark's colour.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from misground.records import Dimension
from misground.rendering.glyphs import glyph
from misground.rendering.ink import DARK, blank_png, solid
from misground.rendering.png import encode
from misground.rendering.style import COLORS, LABELS, STYLES, Label, rgb

DIGITS: Final[dict[Label, str]] = {"A": "1", "B": "2"}

_Codes = NDArray[np.uint32]


@dataclass(frozen=True)
class Repainted:
    """A PNG file with digits, and the labels whose letters were found in it."""

    png: bytes
    found: tuple[Label, ...]


@dataclass(frozen=True)
class _Pattern:
    """A drawn letter: the (row, column) of its pixels, (n, 2), and their colours, a solid one first."""

    places: NDArray[np.intp]
    codes: _Codes
    height: int
    width: int
    size: int


def repaint(png: bytes, labels: Sequence[Label], dimension: Dimension) -> Repainted:
    """Replace the letters of `labels` in a frame by digits; all other pixels stay the same.

    A letter that is missing, because there was no room when the picture was drawn, is not in `found`. If none
    is found, the file is returned unchanged.

    Args:
        png: a frame as a PNG file.
        labels: labels of the marks in the frame.
        dimension: 2d or 3d, which determines the sizes of the letters.
    """
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.array(image.convert("RGB"))
    codes = _codes(pixels)
    plates: list[tuple[Label, _Pattern, tuple[int, int]]] = []
    for label in labels:
        for pattern in _patterns(label, dimension):
            corners = _find(codes, pattern)
            if corners:
                plates += [(label, pattern, corner) for corner in corners]
                break
    if not plates:
        return Repainted(png, ())
    for label, pattern, (top, left) in plates:
        plate = _plate(label, pattern.height, pattern.width, pattern.size)
        pixels[top : top + pattern.height, left : left + pattern.width] = plate
    found = {label for label, _, _ in plates}
    return Repainted(encode(pixels), tuple(label for label in LABELS if label in found))


@cache
def _patterns(label: Label, dimension: Dimension) -> tuple[_Pattern, ...]:
    """A label's letter in every size in which it may have been drawn."""
    style = STYLES[dimension]
    return tuple(_pattern(label, size, style.letter_rim) for size in style.letter_sizes)


def _pattern(label: Label, size: int, rim: int) -> _Pattern:
    ink = glyph(label, size, rim)
    with Image.open(io.BytesIO(blank_png(ink))) as image:
        codes = _codes(np.array(image.convert("RGB")))
    places = np.argwhere(ink > 0)
    # The letter's own colour first and the near-black of its rim last, since scans are mostly dark.
    inks = ink[places[:, 0], places[:, 1]]
    order = np.lexsort((places[:, 1], places[:, 0], inks == DARK, inks != solid(label)))
    places = places[order]
    return _Pattern(places, codes[places[:, 0], places[:, 1]], ink.shape[0], ink.shape[1], size)


def _find(codes: _Codes, pattern: _Pattern) -> list[tuple[int, int]]:
    """The upper left corners (row, column) at which every pixel of the pattern has its colour."""
    rows, columns = codes.shape[0] - pattern.height, codes.shape[1] - pattern.width
    if rows < 0 or columns < 0:
        return []
    (y, x), first = pattern.places[0], pattern.codes[0]
    corners = np.argwhere(codes[y : y + rows + 1, x : x + columns + 1] == first)
    for (row, column), code in zip(pattern.places[1:], pattern.codes[1:], strict=True):
        if not len(corners):
            break
        corners = corners[codes[corners[:, 0] + row, corners[:, 1] + column] == code]
    return [(int(top), int(left)) for top, left in corners]


def _codes(pixels: NDArray[np.uint8]) -> _Codes:
    """(height, width, 3) bytes -> (height, width) with one number per colour."""
    wide = pixels.astype(np.uint32)
    codes: _Codes = wide[..., 0] * np.uint32(65536) + wide[..., 1] * np.uint32(256) + wide[..., 2]
    return codes


@cache
def _plate(label: Label, height: int, width: int, size: int) -> NDArray[np.uint8]:
    """(height, width, 3): a label's digit in its colour, centred on a dark rectangle."""
    shown = _drawn(DIGITS[label], size)
    while shown.shape[0] > height or shown.shape[1] > width:
        size -= 1
        shown = _drawn(DIGITS[label], size)
    share = np.zeros((height, width, 1))
    top, left = (height - shown.shape[0]) // 2, (width - shown.shape[1]) // 2
    share[top : top + shown.shape[0], left : left + shown.shape[1], 0] = shown / 255
    dark = np.array(_dark(), dtype=np.float64)
    plate = np.rint(dark + (np.array(rgb(COLORS[label])) - dark) * share).astype(np.uint8)
    plate.setflags(write=False)
    return plate


def _drawn(digit: str, size: int) -> NDArray[np.uint8]:
    """The grey image of a digit, cropped to its pixels."""
    image = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(image).text((size // 2, size // 2), digit, fill=255, font=ImageFont.load_default(size))
    return np.asarray(image.crop(image.getbbox()))


def _dark() -> tuple[int, int, int]:
    """The colour of a letter's rim."""
    with Image.open(io.BytesIO(blank_png(np.full((1, 1), DARK, dtype=np.uint8)))) as image:
        red, green, blue = np.array(image.convert("RGB"))[0, 0]
    return int(red), int(green), int(blue)
