"""Which option a short text chooses, or why it chooses none."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from misground.dialogue.extraction.parts import Part, parts_of
from misground.dialogue.extraction.subjects import about_another
from misground.dialogue.extraction.words import Vocabulary


@dataclass(frozen=True)
class Reading:
    """The index of the option that a text chooses, or None; the rule; and the part of the text that decided.

    The rule is empty for an option: where it was found names the rule.
    """

    option: int | None
    rule: str
    start: int = 0
    end: int | None = None


NOTHING: Final = "no option"
STRUCTURE: Final = "names a structure"
TWO: Final = "two options"
FROM_TO: Final = "from to"
TAKEN_BACK: Final = "taken back"

_REACH: Final = 4
"""Number of words before an option that are searched for a negator."""
_CLAUSES: Final = 8
"""Number of initial clauses of a value that are read separately."""

_BOUNDARY: Final = re.compile(
    r"[.!?](?=\s|$)|[;(\[]| (?:-+|–|—|→|=>) |"
    r",? (?:because|since|as the|as it|as a|due to|given|where|which|while|whereas|meaning|so that|ie) ",
    re.IGNORECASE,
)
_TAKING_BACK: Final = re.compile(
    r"\b(?:actually|wait|correction|sorry|scratch that|on second thought|or rather|i mean|no,|instead|hmm)|"
    r"^\W*or\b",
    re.IGNORECASE,
)


def read(text: str, words: Vocabulary, marks: tuple[str, ...]) -> Reading:
    """What `text` says as a whole; `marks`: the words that may stand for the two structures."""
    parts = parts_of(text, words, marks)
    kinds = {part.kind for part in parts}
    if "unsure" in kinds:
        return Reading(None, "cannot tell")
    if "frame" in kinds:
        return Reading(None, "other frame")
    chosen = [at for at, part in enumerate(parts) if part.kind == "option" and not _ruled_out(parts, at)]
    options = {parts[at].number for at in chosen}
    if not options:
        return Reading(None, _why_none(kinds))
    if len(options) > 1:
        return _from_to(parts, chosen)
    fault = next((fault for at in chosen if (fault := about_another(parts, at))), "")
    return Reading(None, fault) if fault else Reading(options.pop(), "")


def read_value(text: str, words: Vocabulary, marks: tuple[str, ...]) -> Reading:
    """What the text after `Answer:` says: its first clause with content, or else all of it.

    Text that follows in brackets or as a reason ("left (the image's right)", "left, because B is on the
    right") does not change the answer unless it retracts it.
    """
    for boundary in islice(_BOUNDARY.finditer(text), _CLAUSES):
        reading = replace(read(text[: boundary.start()], words, marks), end=boundary.start())
        if reading.rule in (NOTHING, STRUCTURE):
            continue
        tail = text[boundary.end() :]
        if reading.option is not None and _TAKING_BACK.search(tail):
            named = {part.number for part in parts_of(tail, words, ()) if part.kind == "option"}
            return Reading(None, TAKEN_BACK) if named - {reading.option} else reading
        return reading
    return read(text, words, marks)


def _ruled_out(parts: Sequence[Part], at: int) -> bool:
    """Whether one of the few words before an option negates it: "not", "rather than", "nor"."""
    for back in range(at - 1, max(-1, at - 1 - _REACH), -1):
        part = parts[back]
        if part.kind == "negator":
            return True
        if part.kind == "option":  # "not left or right"
            return any(p.text in ("or", "/") for p in parts[back + 1 : at]) and _ruled_out(parts, back)
        if part.text in (",", ".", ";", ":", "but", "and", "instead"):
            return False
    return False


def _from_to(parts: Sequence[Part], chosen: Sequence[int]) -> Reading:
    """Two options: "from left to right" names the end; anything else chooses none."""
    if len(chosen) == 2:
        first, second = chosen
        before = [part.text for part in parts[max(0, first - 2) : first]]
        between = [part.text for part in parts[first + 1 : second]]
        if "from" in before and between in (["to"], ["to", "the"], ["towards"], ["toward"], ["→"]):
            return Reading(parts[second].number, FROM_TO)
    return Reading(None, TWO)


def _why_none(kinds: Collection[str]) -> str:
    if "option" in kinds:
        return "ruled out"
    return STRUCTURE if "asked" in kinds or "other" in kinds else NOTHING
