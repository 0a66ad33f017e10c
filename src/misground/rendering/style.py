"""The look of pictures: sizes in pixels, by dimension, and the two colours.

The colours are orange and sky blue from the palette of Okabe and Ito (Color Universal Design, 2008), which
readers with any common colour blindness can distinguish and which both stand out from grey.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from misground.records import Dimension

Label = Literal["A", "B"]

LABELS: Final[tuple[Label, Label]] = ("A", "B")
COLORS: Final[Mapping[Label, str]] = {"A": "#e69f00", "B": "#56b4e9"}


@dataclass(frozen=True)
class Style:
    """Sizes in pixels.

    Attributes:
        contour: width of a mask's contour, inside the mask.
        box_line: width of a box's outline, inside the box.
        dot_radius: radius of a point's coloured disc, without its dark rim of one pixel.
        letter_sizes: font sizes; the first that fits is used.
        letter_rim: width of a letter's dark outline.
        letter_reach: a letter within this distance of its mark counts as beside it.
        leader: width of a leader line.
    """

    contour: int
    box_line: int
    dot_radius: int
    letter_sizes: tuple[int, ...]
    letter_rim: int
    letter_reach: int
    leader: int


STYLES: Final[Mapping[Dimension, Style]] = {
    "2d": Style(2, 2, 4, (20, 14), 2, 6, 2),
    "3d": Style(1, 2, 3, (14, 10), 1, 4, 1),
}


def rgb(color: str) -> tuple[int, int, int]:
    """The three bytes of "#rrggbb"."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue
