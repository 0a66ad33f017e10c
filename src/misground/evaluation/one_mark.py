"""The answer of someone who sees one mark, A, and nothing else of the picture.

In the upper half of the picture, A is taken to lie above B, since most of a body lies below it; in the first
half of a stack, A is taken to come earlier. For words of the patient's frame, every picture is taken to be a
radiological display, as `prior.reply` does. A coin decides where A is in the very middle or not drawn, what
the direction of a stack or the side of a knee would have to tell, and questions about the stack as a whole.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from misground.anatomy import ScreenAxis, anatomical_words, colloquial_words, in_plane_axes, lay_words
from misground.coordinates import on_screen
from misground.prior.reply import Reply
from misground.records import RELATION_TASKS

VIEW_COLUMNS: Final = ("slices", "width", "height", "marks")
_HALVES: Final[Mapping[tuple[ScreenAxis, int], str]] = {
    ("row", -1): "in the upper half of the picture",
    ("row", 1): "in the lower half of the picture",
    ("column", -1): "in the left half of the picture",
    ("column", 1): "in the right half of the picture",
    ("frame", -1): "in the first half of the stack",
    ("frame", 1): "in the second half of the stack",
}


def one_mark_reply(question: Mapping[str, Any], view: Mapping[str, Any] | None, seed: int) -> Reply:
    """Answer a question from the place of mark A in its view.

    Args:
        question: A row of `records.schemas.QUESTIONS`; its answer, evidence and structures are not read.
        view: A row of VIEW_COLUMNS; None if the question has no view.
        seed: Seed of the coin.
    """
    found = _suggested(question, view)
    if isinstance(found, Reply):
        return found
    return Reply(str(Random(f"one-mark/{seed}").choice(question["options"])), f"{found}, so a coin decides")


def _suggested(question: Mapping[str, Any], view: Mapping[str, Any] | None) -> Reply | str:
    """The answer that the place of A suggests, or the reason why it suggests none."""
    if question["task"] == "naming":
        return "One mark does not tell the name of its structure"
    if question["task"] not in RELATION_TASKS:
        return "The question is about the stack as a whole"
    own = [] if view is None else [mark for mark in view["marks"] if mark["label"] == "A"]
    if view is None or question["prompt"] == "none" or not own:
        return "No mark is drawn"
    for screen_axis, words in _words(question).items():
        if set(words.values()) == set(question["options"]):
            side = _side(own, view, screen_axis)
            if side == 0:
                return "Mark A is in the middle"
            return Reply(words[side], f"Mark A is {_HALVES[screen_axis, side]}")
    return "One mark does not tell the direction that is asked about"


def _words(question: Mapping[str, Any]) -> dict[ScreenAxis, dict[int, str]]:
    """Screen axis -> sign on the screen -> the word for it in the question's terms."""
    if question["terms"] == "colloquial":
        axes: tuple[ScreenAxis, ...] = ("frame",) if question["task"] == "cross_slice" else ("row", "column")
        return {axis: colloquial_words(axis) for axis in axes}
    if question["task"] == "cross_slice":
        return {}
    table = lay_words if question["terms"] == "lay" else anatomical_words
    found: dict[ScreenAxis, dict[int, str]] = {}
    for axis in in_plane_axes(question["plane"]):
        screen_axis, runs = on_screen(question["plane"], "viewing", axis)
        found[screen_axis] = {runs * sign: word for sign, word in table(axis).items()}
    return found


def _side(marks: Sequence[Mapping[str, Any]], view: Mapping[str, Any], screen_axis: ScreenAxis) -> int:
    """-1 if the mean centre of the marks is in the first half along an axis, 1 in the second, 0 between."""
    if screen_axis == "frame":
        twice: int = sum(2 * mark["frame"] + 1 for mark in marks)
        whole = len(view["slices"])
    else:
        first = 0 if screen_axis == "column" else 1
        twice = sum(mark["box"][first] + mark["box"][first + 2] for mark in marks)
        whole = view["width"] if screen_axis == "column" else view["height"]
    middle: int = whole * len(marks)
    return (twice > middle) - (twice < middle)
