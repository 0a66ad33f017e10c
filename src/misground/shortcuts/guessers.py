"""The guessers: each sees one aspect of a question or its picture, and no anatomy."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from misground.questions.hints import name_hint
from misground.questions.names import asked_names
from misground.records import RELATION_TASKS
from misground.shortcuts.guessing import Clues
from misground.shortcuts.reading import Asked
from misground.shortcuts.seen import MarkFacts, Seen

_PARTS: Final = 5
"""Number of parts into which a canvas or a stack is cut for a finer clue than its halves."""
_STEP: Final = 8
"""Slice indices within a step of each other are the same clue."""


@dataclass(frozen=True)
class Guesser:
    """One aspect of a question.

    Attributes:
        name: its name in tables and files.
        sees: what it sees, in a reader's words; completes "a guesser that sees ...".
        clues: the clues of a question; None if the question does not show what this guesser sees.
        mirrored: whether it also learns from the question in which A and B are exchanged; the clues are then
            those of A, of B, and of both.
        by_place: whether it guesses a place in the list of options rather than an answer.
    """

    name: str
    sees: str
    clues: Callable[[Asked], Clues | None]
    mirrored: bool = False
    by_place: bool = False


def _names(asked: Asked) -> Clues | None:
    names = _told_names(asked.row)
    if names is None:
        return None
    a, b = names
    where = asked.row["plane"] if asked.row["terms"] == "colloquial" else None
    return ("A", a, where), ("B", b, where), (a, b, where)


def exchanged(clues: Clues) -> Clues:
    """The clues of the names guesser for the question in which A and B are exchanged."""
    a, b, where = cast("tuple[str, str, str | None]", clues[-1])
    return ("A", b, where), ("B", a, where), (b, a, where)


def _told_names(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The names of A and B, where the text gives them."""
    names = () if row["condition"] == "blank" else asked_names(row["text"])
    return (names[0], names[1]) if len(names) == 2 else None


def _name_hints(asked: Asked) -> Clues | None:
    row = asked.row
    names = _told_names(row)
    if names is None or row["axis"] is None:
        return None
    # With the side fixed, a sign along x stands for medial or lateral in every knee.
    guess = name_hint(*names, row["axis"], "right").guess
    return ((row["axis"], guess) if guess else None, (row["axis"], row["plane"], guess) if guess else None)


def _plane_options(asked: Asked) -> Clues:
    plane = _told_plane(asked.row)
    return plane or "", asked.row["dimension"], (plane, asked.row["dimension"])


def _told_plane(row: Mapping[str, Any]) -> str | None:
    return None if row["task"] == "slice_direction" else str(row["plane"])


def _canvas(asked: Asked) -> Clues | None:
    view = asked.view
    if view is None:
        return None
    plane = _told_plane(asked.row)
    ratio = view.width / view.height
    return (
        (plane, view.width, view.height),
        (plane, _sign(math.log(ratio), 0.0)),
        (plane, round(8 * math.log2(ratio))),
        (plane, round(3 * math.log2(ratio))),
    )


def _scale(asked: Asked) -> Clues | None:
    view = asked.view
    return None if view is None else ((_told_plane(asked.row), round(8 * math.log2(view.mm_per_pixel))),)


def _frames(asked: Asked) -> Clues | None:
    view = asked.view
    return None if view is None else ((_told_plane(asked.row), len(view.slices)),)


def _slices(asked: Asked) -> Clues | None:
    """Clues where the stack is cut around A and B; a whole stack has only the shape of its scan."""
    view, row = asked.view, asked.row
    if view is None or row["task"] not in RELATION_TASKS:
        return None
    low, high, plane = min(view.slices), max(view.slices), row["plane"]
    return (plane, low // _STEP), (plane, high // _STEP), (plane, (high - low) // _STEP)


def _mark_a(asked: Asked) -> Clues | None:
    """Its place along the directions that the task asks about: in the picture, or in the stack."""
    mark, row = _shown_marks(asked, "A"), asked.row
    if mark is None:
        return None
    across = row["task"] == "cross_slice"
    turned = None
    if row["terms"] != "colloquial":  # someone who knows how the picture is turned, and nothing more
        turned = row["plane"], row["coordinates"], row["stack_reversed"] if across else None
    first, second = (mark.depth, None) if across else (mark.x, mark.y)
    return (*_place(first, turned), *_place(second, turned))


def _place(share: float | None, turned: object) -> Clues:
    if share is None:
        return None, None
    return (turned, _sign(share, 0.5)), (turned, min(int(_PARTS * share), _PARTS - 1))


def _mark_sizes(asked: Asked) -> Clues | None:
    a, b = _shown_marks(asked, "A"), _shown_marks(asked, "B")
    if a is None or b is None:
        return None
    plane = asked.row["plane"]
    larger = math.log2(max(a.area, 1e-9) / max(b.area, 1e-9))
    return (
        (plane, _sign(larger, 0.0)),
        (plane, round(larger)),
        (plane, round(math.log2(max(a.area, 1e-9)))),
        (plane, round(math.log2(max(b.area, 1e-9)))),
        (plane, _sign(a.frames, b.frames)) if asked.row["dimension"] == "3d" else None,
    )


def _letter_a(asked: Asked) -> Clues | None:
    """The side of mark A on which its letter stands, along the directions of the picture."""
    row = asked.row
    if asked.view is None or row["task"] != "in_plane":
        return None
    side = asked.view.letters.get(row["prompt"])
    if side is None:
        return None
    turned = None if row["terms"] == "colloquial" else (row["plane"], row["coordinates"])
    return (turned, "x", side[0]), (turned, "y", side[1]), (turned, row["prompt"], *side)


def _colors(asked: Asked) -> Clues | None:
    a, b = _shown_marks(asked, "A"), _shown_marks(asked, "B")
    return None if a is None or b is None else (a.color, b.color)


def _option_order(asked: Asked) -> Clues:
    return "", asked.row["task"], (asked.row["task"], asked.row["dimension"])


def _shown_marks(asked: Asked, label: str) -> MarkFacts | None:
    """A mark, where the picture draws it; views record it also where they do not."""
    view: Seen | None = asked.view
    if view is None or asked.row["prompt"] == "none":
        return None
    return view.a if label == "A" else view.b


def _sign(value: float, middle: float) -> int:
    return (value > middle) - (value < middle)


GUESSERS: Final[tuple[Guesser, ...]] = (
    Guesser("names", "the names of A and B", _names, mirrored=True),
    Guesser("name hints", "direction words in the names of A and B", _name_hints),
    Guesser("plane and options", "the plane, the dimension and the options", _plane_options),
    Guesser("option order", "the order of the options", _option_order, by_place=True),
    Guesser("canvas", "the size of the canvas", _canvas),
    Guesser("scale", "the millimetres of a pixel, which no model is told", _scale),
    Guesser("frames", "the number of frames", _frames),
    Guesser("slice indices", "the indices of the slices, which no model is shown", _slices),
    Guesser("mark A", "the place of mark A alone", _mark_a),
    Guesser("letter A", "the side of mark A (box or point) on which its letter stands", _letter_a),
    Guesser("mark sizes", "the sizes of the marks A and B", _mark_sizes),
    Guesser("colours", "the colours of the marks A and B", _colors),
)
