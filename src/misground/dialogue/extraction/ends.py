"""Which end of a stack is named last: "from superior (first) to inferior (last)"."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from misground.dialogue.extraction.parts import NO_PART, Part
from misground.dialogue.extraction.words import word_set

_ARROWS: Final = (
    "→",
    ">",
    "➔",
    "➡",
    "⟶",
    "to",
    "towards",
    "toward",
    "through",
    "down",
    "up",
    "until",
    "into",
)
_REACH: Final = 6
_STOPS: Final = frozenset(",.;?!")


def last_ends(parts: Sequence[Part], places: Sequence[int]) -> list[int]:
    """Of the options at `places`, the ends of the stack, or else those that are not its beginning."""
    roles = {at: _role(parts, at) for at in places}
    for first, second in pairwise(places):
        between = parts[first + 1 : second]
        arrow = parts[second].text.startswith(("to ", "toward")) and "from" not in parts[second].text
        arrow = arrow and not any(part.text in ("/", "or", "and", "|") for part in between)
        if (arrow or any(part.text in _ARROWS for part in between)) and not any(
            p.text in _STOPS for p in between
        ):
            roles[first], roles[second] = "start", "end"
    ends = [at for at in places if roles[at] == "end"]
    return ends or [at for at in places if roles[at] != "start"]


def _role(parts: Sequence[Part], at: int) -> str:
    """start, end or ""."""
    for offset in (1, 2):  # "superior (first)"
        part = parts[at + offset] if at + offset < len(parts) else NO_PART
        if offset == 2 and _text(parts, at + 1) not in ("(", "end", "side", "="):
            break
        if part.text in ("first", "start", "beginning"):
            return "start"
        if part.text in ("last", "end") and _text(parts, at + 1) in ("(", "="):
            return "end"
    for back in range(at - 1, max(-1, at - 1 - _REACH), -1):
        part = parts[back]
        if part.kind == "option" or part.text in (*_STOPS, "and", "then"):
            break
        if part.text in word_set("starts"):
            return "start"
        if part.text in word_set("ends"):
            return "start" if _text(parts, back - 1) in ("relative",) else "end"
    return ""


def _text(parts: Sequence[Part], at: int) -> str:
    return parts[at].text if 0 <= at < len(parts) else ""
