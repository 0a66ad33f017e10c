"""Which option a short text chooses, or why it chooses none."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Final

from misground.dialogue.extraction.deixis import speaks_of_the_text
from misground.dialogue.extraction.ends import last_ends
from misground.dialogue.extraction.frames import in_frame
from misground.dialogue.extraction.naming import names_b
from misground.dialogue.extraction.parts import Part, parts_of
from misground.dialogue.extraction.polarity import ruled_out
from misground.dialogue.extraction.senses import explains_words, means_something_else, tells_a_motion
from misground.dialogue.extraction.subjects import OTHER, about_another
from misground.dialogue.extraction.words import Vocabulary, word_set
from misground.questions.names import Asked


@dataclass(frozen=True)
class Question:
    """What is needed of a question to read a short text.

    Attributes:
        words: its vocabulary.
        marks: the words, case-sensitive, that may stand for the two structures.
        asked: what it asks; None if unknown.
    """

    words: Vocabulary
    marks: tuple[str, ...]
    asked: Asked | None = None


@dataclass(frozen=True)
class Reading:
    """The index of the option that a text chooses, or None; the rule; and the part of the text that decided.

    The rule is empty for an option unless it is more than where the option stands; `named` are the options
    that the text names, chosen or not.
    """

    option: int | None
    rule: str
    named: frozenset[int] = frozenset()
    start: int = 0
    end: int | None = None


NOTHING: Final = "no option"
STRUCTURE: Final = "names a structure"
TWO: Final = "two options"
RULED_OUT: Final = "ruled out"
FROM_TO: Final = "from to"
TAKEN_BACK: Final = "taken back"
OTHER_FRAME: Final = "other frame"

_CLAUSES: Final = 8
"""Number of initial clauses of a value that are read separately."""

_BOUNDARY: Final = re.compile(
    r"[.!?](?=\s|$)|[;(\[]|, as | (?:-+|–|—|→|=>) |"
    r",? (?:because|since|as the|as it|as a|due to|given|where|which|while|whereas|meaning|so that|ie) ",
    re.IGNORECASE,
)
_TAKING_BACK: Final = re.compile(
    r"\b(?:actually|wait|correction|sorry|scratch that|on second thought|or rather|i mean|no,|instead|hmm)|"
    r"^\W*or\b",
    re.IGNORECASE,
)
_LISTING: Final = frozenset(
    ["of", "between", "among", "from", "options", "choices", "given", "either", "with", "are"]
)
_CONCESSION_ENDS: Final = frozenset(",.;(")


def read(text: str, question: Question) -> Reading:
    """What `text` says as a whole."""
    parts = parts_of(text, question.words, question.marks)
    places = [
        at
        for at, part in enumerate(parts)
        if part.kind == "option" and not speaks_of_the_text(parts, at) and not means_something_else(parts, at)
    ]
    if explains_words(parts):
        places = []
    named = frozenset(parts[at].number for at in places)
    return replace(_read(parts, places, question.asked), named=named)


def _read(parts: Sequence[Part], places: Sequence[int], asked: Asked | None) -> Reading:
    if any(part.kind == "unsure" and not _conceded(parts, at) for at, part in enumerate(parts)):
        return Reading(None, "cannot tell")
    if not places:
        return Reading(None, _why_none({part.kind for part in parts}))
    if any(_both(parts, first, second) for first, second in pairwise(places)):
        return Reading(None, TWO)
    offered = _offered(parts, places)
    affirmed = [at for at in places if at not in offered and not ruled_out(parts, at)]
    rule = ""
    if asked == "end" and not any(part.kind == "asked" for part in parts):
        ends = last_ends(parts, affirmed)
        rule = FROM_TO if len(ends) < len(affirmed) else ""
        affirmed = ends
    stated = [at for at in affirmed if not _another(parts, at, asked)]
    framed = in_frame(parts, stated, asked) if asked in ("patient", "picture") else stated
    options = {parts[at].number for at in framed}
    if len(options) > 1:
        concluded = _concluded(parts, framed)
        options = {parts[at].number for at in concluded}
        if len(options) == 1 and _stated_before(parts, framed, concluded):
            return Reading(None, TWO)
    if len(options) == 1:
        return Reading(options.pop(), rule)
    fault = RULED_OUT if not affirmed else OTHER if not stated else OTHER_FRAME if not framed else TWO
    return Reading(None, fault)


def _stated_before(parts: Sequence[Part], places: Sequence[int], concluded: Sequence[int]) -> bool:
    """Whether a conclusion turns a plain statement around: "A is left of B, so it is right of it"."""
    earlier = [at for at in places if at < concluded[0]]
    if not earlier or any(part.text in word_set("impressions") for part in parts[: concluded[0]]):
        return False
    named = {part.number for part in parts[: concluded[0]] if part.kind == "asked"}
    return named >= {0, 1} and parts[earlier[-1]].number != parts[concluded[0]].number


def _both(parts: Sequence[Part], first: int, second: int) -> bool:
    """Whether two options are named together: "both anterior and posterior"."""
    before = parts[first - 1].text if first else ""
    return before == "both" and [part.text for part in parts[first + 1 : second]] == ["and"]


def _offered(parts: Sequence[Part], places: Sequence[int]) -> set[int]:
    """The options that a sentence only lists before it chooses: "of left and right, I choose left"."""
    found: set[int] = set()
    for first, second in pairwise(places):
        between = [part.text for part in parts[first + 1 : second]]
        lead = {part.text for part in parts[max(0, first - 3) : first]}
        ended = second + 1 < len(parts) and parts[second + 1].text in (",", ":", "?", ")")
        if between in (["and"], ["or"], ["/"], [","], ["versus"], ["vs"]) and lead & _LISTING and ended:
            found |= {first, second}
    return found if len(found) < len(places) else set()


def _another(parts: Sequence[Part], at: int, asked: Asked | None) -> bool:
    """Whether an option tells of something else than what was asked."""
    spoken_of = {part.text for part in parts}
    if asked == "plane":
        return False
    if asked == "name":
        return names_b(parts, at)
    if asked == "end" and spoken_of & word_set("of_stacks"):
        return False
    if asked == "patient" and spoken_of & word_set("running"):  # "the stack runs towards the feet"
        stack = max((place for place in range(at) if parts[place].text == "stack"), default=at)
        if stack < at and not any(part.kind == "asked" for part in parts[stack:at]):
            return True
    if asked in ("patient", "picture") and tells_a_motion(parts, at):
        return True
    return bool(about_another(parts, at))


def read_value(text: str, question: Question) -> Reading:
    """What the text after `Answer:` says: its first clause with content, or else all of it.

    Text that follows in brackets or as a reason ("left (the image's right)", "left, because B is on the
    right") does not change the answer unless it retracts it.
    """
    if question.asked == "end":
        whole = read(text, question)
        if whole.rule == FROM_TO:
            return whole
    for boundary in islice(_BOUNDARY.finditer(text), _CLAUSES):
        reading = replace(read(text[: boundary.start()], question), end=boundary.start())
        if reading.rule in (NOTHING, STRUCTURE, RULED_OUT, OTHER_FRAME):
            continue
        tail = text[boundary.end() :]
        if boundary[0] == "?" and tail.rstrip(" \"')").endswith("?"):  # "superior? inferior?"
            others = read(tail, replace(question, marks=())).named - {reading.option}
            if reading.option is not None and others:
                return replace(reading, option=None, rule=TWO)
        if reading.option is not None and _TAKING_BACK.search(tail):
            other = read(tail, replace(question, marks=())).named - {reading.option}
            return replace(reading, option=None, rule=TAKEN_BACK) if other else reading
        return reading
    return read(text, question)


def _concluded(parts: Sequence[Part], places: Sequence[int]) -> Sequence[int]:
    """The options behind the last word that introduces a conclusion, or alone behind the last colon."""
    for at in range(len(parts) - 1, -1, -1):
        behind = [place for place in places if place > at]
        if not behind:
            continue
        if parts[at].text in word_set("conclusions"):
            return behind
        if parts[at].text == ":" and all(
            part.kind == "option" or not part.text.isalpha() for part in parts[at + 1 :]
        ):
            return behind
    return places


def named_in(text: str, question: Question) -> set[int]:
    """Which of A (0) and B (1) a text names."""
    return {part.number for part in parts_of(text, question.words, question.marks) if part.kind == "asked"}


def is_full(text: str, question: Question) -> bool:
    """Whether a text names both structures, so that it can stand for itself as the answer."""
    return named_in(text, question) >= {0, 1}


def _conceded(parts: Sequence[Part], at: int) -> bool:
    """Whether the clause of a part only sets something aside: "although B is not visible"."""
    for part in reversed(parts[:at]):
        if part.text in word_set("concessions"):
            return True
        if part.text in _CONCESSION_ENDS:
            return False
    return False


def _why_none(kinds: Collection[str]) -> str:
    return STRUCTURE if "asked" in kinds or "other" in kinds else NOTHING
