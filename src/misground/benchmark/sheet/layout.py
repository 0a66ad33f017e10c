"""Drawing the parts of a contact sheet (wrapped text, answers, pictures) and combining them.

Every part is an RGB image on white, so larger parts are assembled from smaller ones. The finished sheet has a
fixed palette: greys, the mark colours over greys, and the colours of the text.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from misground.rendering import COLORS

Color = tuple[int, int, int]

WHITE: Final[Color] = (255, 255, 255)
INK: Final[Color] = (28, 32, 38)
GREY: Final[Color] = (112, 118, 128)
RULE: Final[Color] = (214, 218, 224)
RIGHT: Final[Color] = (16, 112, 74)
LONGEST_TEXT: Final = 600
"""Most characters of a text that are shown; longer texts are cut to limit the size of a sheet."""

_GREYS: Final = (0, *range(5, 250, 4))  # quantize distinguishes colours in steps of 4
_MIXED_GREYS: Final = 11
_OPACITIES: Final = (0.2, 0.38, 0.55, 0.8)
_RAMP: Final = 16
_SMOOTH: Final = 4


def clean(text: str) -> str:
    """The text on one line in characters of the built-in font: accents are dropped, others become `?`."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    shown = "".join(c if " " <= c <= "~" or c == "·" else "?" for c in plain)
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 3] + "..."


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's built-in font at a size in pixels."""
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)  # only a call without a size gives the bitmap font
    return loaded


def text_width(text: str, size: int) -> int:
    """The width of a line of text in pixels."""
    return round(font(size).getlength(text))


@lru_cache(maxsize=256)
def wrap(text: str, size: int, width: int) -> tuple[str, ...]:
    """Lines of at most `width` pixels; a word longer than a line is broken."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        rest = f"{line} {word}" if line else word
        if line and text_width(rest, size) > width:
            lines.append(line)
            rest = word
        while (most := _fitting(rest, size, width)) < len(rest):
            lines.append(rest[:most])
            rest = rest[most:]
        line = rest
    return (*lines, line) if line else tuple(lines)


def _fitting(text: str, size: int, width: int) -> int:
    """The number of characters of a text that fit, at least one."""
    if text_width(text, size) <= width:
        return len(text)
    return max(1, bisect_right(range(1, len(text)), width, key=lambda n: text_width(text[:n], size)))


def shortened(text: str, size: int, width: int) -> str:
    """One line of at most `width` pixels, shortened with an ellipsis if necessary."""
    line = clean(text)
    if text_width(line, size) <= width:
        return line
    return line[: _fitting(line, size, width - text_width("...", size))] + "..."


def paragraph(text: str, size: int, width: int, color: Color = INK) -> Image.Image:
    """Wrapped text, `width` pixels wide."""
    lines = wrap(text, size, width)
    step = round(size * 1.32)
    image = Image.new("RGB", (width, max(1, step * len(lines))), WHITE)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((0, number * step + step // 2), line, fill=color, font=font(size), anchor="lm")
    return image


def answers(options: Sequence[str], right: str, size: int, width: int) -> Image.Image:
    """The options in order, as pills; the correct one is filled."""
    height, pad, gap = round(size * 1.62), round(size * 0.62), round(size * 0.45)
    places: list[tuple[int, int, int, str, bool]] = []
    x = y = 0
    for option in options:
        shown = shortened(option, size, width - 2 * pad)
        wide = text_width(shown, size) + 2 * pad
        if x and x + wide > width:
            x, y = 0, y + height + gap // 2
        places.append((x, y, wide, shown, option == right))
        x += wide + gap
    image = Image.new("RGB", (width, y + height), WHITE)
    for x0, y0, wide, shown, is_right in places:
        fill, edge, ink = (RIGHT, RIGHT, WHITE) if is_right else (WHITE, RULE, GREY)
        image.paste(_rounded(wide, height, height // 2, fill, edge), (x0, y0))
        middle = x0 + wide // 2, y0 + height // 2
        ImageDraw.Draw(image).text(middle, shown, fill=ink, font=font(size), anchor="mm")
    return image


def chip(label: str, color: str, size: int) -> Image.Image:
    """A mark's letter on its colour."""
    side = round(size * 1.3)
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    image = _rounded(side, side, side // 5, (red, green, blue), (red, green, blue))
    ImageDraw.Draw(image).text((side // 2, side // 2), label, fill=INK, font=font(size), anchor="mm")
    return image


def framed(part: Image.Image, pad: int, width: int) -> Image.Image:
    """A part on a card: inside a thin rounded border, `pad` pixels from it."""
    image = _rounded(width, part.height + 2 * pad, pad // 2, WHITE, RULE)
    image.paste(part, (pad, pad))
    return image


def _rounded(width: int, height: int, radius: int, fill: Color, edge: Color) -> Image.Image:
    """A rounded rectangle with smooth edges, drawn at a larger scale and reduced."""
    image = Image.new("RGB", (_SMOOTH * width, _SMOOTH * height), WHITE)
    box = (0, 0, _SMOOTH * width - 1, _SMOOTH * height - 1)
    ImageDraw.Draw(image).rounded_rectangle(box, _SMOOTH * radius, fill=fill, outline=edge, width=2 * _SMOOTH)
    return image.reduce(_SMOOTH)


def fit(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture reduced, but never enlarged, to fit into `width` x `height` pixels."""
    scale = min(1.0, width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return (
        picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    )


def stacked(parts: Sequence[Image.Image], gap: int, width: int | None = None) -> Image.Image:
    """Parts one below the other, aligned at the left."""
    wide = max((part.width for part in parts), default=1) if width is None else width
    height = sum(part.height for part in parts) + gap * max(0, len(parts) - 1)
    image = Image.new("RGB", (wide, max(1, height)), WHITE)
    y = 0
    for part in parts:
        image.paste(part, (0, y))
        y += part.height + gap
    return image


def side_by_side(
    parts: Sequence[tuple[int, Image.Image]], width: int, *, middle: bool = False
) -> Image.Image:
    """Parts at their x positions, aligned at the top or at the middle of the tallest."""
    height = max((part.height for _, part in parts), default=1)
    image = Image.new("RGB", (width, height), WHITE)
    for x, part in parts:
        image.paste(part, (x, (height - part.height) // 2 if middle else 0))
    return image


@cache
def palette() -> Image.Image:
    """The sheet's colours, at most 256, as a palette for `quantize`."""
    colors: dict[Color, None] = dict.fromkeys([WHITE, RULE, *((level,) * 3 for level in _GREYS)])
    colors.update((_mix(INK, WHITE, step / _RAMP), None) for step in range(_RAMP))
    colors.update((_mix(GREY, WHITE, step / _RAMP), None) for step in range(_RAMP))
    colors.update((_mix(RIGHT, WHITE, step / _RAMP), None) for step in range(_RAMP))
    for mark in COLORS.values():
        red, green, blue = bytes.fromhex(mark.removeprefix("#"))
        for step in range(_MIXED_GREYS):
            level = round(255 * step / (_MIXED_GREYS - 1))
            for opacity in _OPACITIES:
                colors[_mix((level, level, level), (red, green, blue), opacity)] = None
        colors[red, green, blue] = None
    image = Image.new("P", (1, 1))
    image.putpalette([channel for color in colors for channel in color])
    return image


def _mix(start: Color, end: Color, share: float) -> Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def in_palette(image: Image.Image) -> Image.Image:
    """The image in the sheet's palette, one byte per pixel."""
    return image.quantize(palette=palette(), dither=Image.Dither.NONE)
