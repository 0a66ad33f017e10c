"""The words for directions in each frame of reference, and the direction words in structure names.

- anatomical: in the patient's frame. In a knee, medial and lateral replace left and right.
- colloquial: on the screen: above/below and left/right in the picture, earlier/later in a stack (our reading
  of the paper; its numbers are only plausible this way).
- lay: everyday words in the patient's frame (our extension).

A sign says on which side of B the structure A lies along a RAS+ axis: +1 is towards right, anterior,
superior; on the screen, +1 is towards the right of the picture, its bottom, the end of the stack.
"""

import re
from typing import Final, Literal

from misground.anatomy.planes import Axis

ScreenAxis = Literal["row", "column", "frame"]
Sign = Literal[-1, 1]

_ANATOMICAL: Final[dict[Axis, dict[int, str]]] = {
    "x": {1: "right", -1: "left"},
    "y": {1: "anterior", -1: "posterior"},
    "z": {1: "superior", -1: "inferior"},
}
_LAY: Final[dict[Axis, dict[int, str]]] = {
    "x": {1: "towards the patient's right", -1: "towards the patient's left"},
    "y": {1: "towards the front", -1: "towards the back"},
    "z": {1: "towards the head", -1: "towards the feet"},
}
_LAY_KNEE: Final = {
    "lateral": "towards the outer side of the knee",
    "medial": "towards the inner side of the knee",
}
_COLLOQUIAL: Final[dict[ScreenAxis, dict[int, str]]] = {
    "row": {1: "below", -1: "above"},
    "column": {1: "right", -1: "left"},
    "frame": {1: "later", -1: "earlier"},
}

# Direction words that occur in structure names, with the sign that they suggest along each axis. medial and
# lateral suggest no fixed sign of x, since that depends on the knee's side.
HINT_WORDS: Final[dict[Axis, dict[str, int]]] = {
    "x": {"left": -1, "right": 1, "medial": 0, "lateral": 0},
    "y": {"anterior": 1, "ventral": 1, "front": 1, "posterior": -1, "dorsal": -1, "back": -1},
    "z": {"upper": 1, "superior": 1, "middle": 0, "lower": -1, "inferior": -1},
}


def anatomical_words(axis: Axis, knee_side: str | None = None) -> dict[int, str]:
    """Sign -> word in the patient's frame; for a knee with a side, medial and lateral along x.

    Lateral is +x (RAS+) in a right knee and -x in a left knee.
    """
    if axis == "x" and knee_side is not None:
        lateral = axis_sign(axis, knee_side)
        return {lateral: "lateral", -lateral: "medial"}
    return _ANATOMICAL[axis]


def axis_sign(axis: Axis, knee_side: str | None = None) -> int:
    """The RAS+ sign in which a word counts as positive: 1, but -1 for lateral in a left knee."""
    return -1 if axis == "x" and knee_side == "left" else 1


def lay_words(axis: Axis, knee_side: str | None = None) -> dict[int, str]:
    """Sign -> everyday words in the patient's frame."""
    if axis == "x" and knee_side is not None:
        return {sign: _LAY_KNEE[word] for sign, word in anatomical_words("x", knee_side).items()}
    return _LAY[axis]


def colloquial_words(screen_axis: ScreenAxis) -> dict[int, str]:
    """Sign on the screen (row: down, column: right, frame: later) -> word."""
    return _COLLOQUIAL[screen_axis]


def hint_words(name: str, axis: Axis) -> frozenset[str]:
    """The direction words of this axis in a structure's name: whole words only, ignoring case."""
    words = re.findall(r"[a-z]+", name.lower())
    return frozenset(words) & HINT_WORDS[axis].keys()
