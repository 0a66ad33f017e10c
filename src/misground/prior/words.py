"""Words of the patient's frame: the axis and side that each stands for, and its opposite."""

from dataclasses import dataclass
from typing import Final

from misground.anatomy import AXES, Axis, anatomical_words, lay_words
from misground.records import KneeSide

RIGHT_KNEE: Final[KneeSide] = "right"
"""Knees of both sides are compared in the frame of a right knee, where +x is lateral."""


@dataclass(frozen=True)
class Direction:
    """The direction that a word stands for.

    Attributes:
        axis: Axis of the patient's frame.
        sign: +1 towards right, anterior or superior; in a knee, +1 towards lateral along x.
        in_knee: Whether the word is used in knees only (medial, lateral).
    """

    axis: Axis
    sign: int
    in_knee: bool


DIRECTIONS: Final[dict[str, Direction]] = {
    word: Direction(axis, sign, side is not None)
    for side in (RIGHT_KNEE, None)
    for axis in AXES
    for sign, word in anatomical_words(axis, side).items()
}
"""Word of the patient's frame -> its direction; along y and z, knees use the same words as the torso."""


def word_of(axis: Axis, sign: int, *, in_knee: bool) -> str:
    """Return the word for a side of an axis; in a knee, the sign +1 along x means lateral."""
    return anatomical_words(axis, RIGHT_KNEE if in_knee else None)[sign]


def opposite(word: str) -> str:
    """Return the opposite word: superior -> inferior, medial -> lateral, and so on."""
    direction = DIRECTIONS[word]
    return word_of(direction.axis, -direction.sign, in_knee=direction.in_knee)


def lay_word(word: str) -> str:
    """Return the everyday words for a word of the patient's frame."""
    direction = DIRECTIONS[word]
    return lay_words(direction.axis, RIGHT_KNEE if direction.in_knee else None)[direction.sign]
