"""The words of the patient's frame: the axis and side that each stands for, and its opposite."""

from dataclasses import dataclass
from typing import Final

from misground.anatomy import AXES, Axis, anatomical_words, lay_words
from misground.records import KneeSide

RIGHT_KNEE: Final[KneeSide] = "right"
"""In its frame +x is lateral: the frame that knees are held against each other in, whichever their side."""


@dataclass(frozen=True)
class Direction:
    """sign: towards right, anterior or superior +1; towards lateral +1 (in_knee), as in a right knee."""

    axis: Axis
    sign: int
    in_knee: bool


DIRECTIONS: Final[dict[str, Direction]] = {
    word: Direction(axis, sign, side is not None)
    for side in (RIGHT_KNEE, None)
    for axis in AXES
    for sign, word in anatomical_words(axis, side).items()
}
"""Word of the patient's frame -> where it points; y and z are the same in knees and elsewhere."""


def word_of(axis: Axis, sign: int, *, in_knee: bool) -> str:
    """The word for a side of an axis; in a knee the sign along x is +1 for lateral."""
    return anatomical_words(axis, RIGHT_KNEE if in_knee else None)[sign]


def opposite(word: str) -> str:
    """superior -> inferior, medial -> lateral, and so on."""
    direction = DIRECTIONS[word]
    return word_of(direction.axis, -direction.sign, in_knee=direction.in_knee)


def lay_word(word: str) -> str:
    """The everyday words for a word of the patient's frame."""
    direction = DIRECTIONS[word]
    return lay_words(direction.axis, RIGHT_KNEE if direction.in_knee else None)[direction.sign]
