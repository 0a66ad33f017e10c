"""Whose position a sentence states: "B is to the right of A" does not answer where A lies.

Its inverse would, but inverting a sentence requires more understanding than whole-word matching provides, so
such a sentence counts as no answer.
"""

from collections.abc import Sequence
from typing import Final

from misground.dialogue.extraction.parts import Part
from misground.dialogue.extraction.words import word_set

OTHER: Final = "other subject"
_STOPS: Final = frozenset(",.;:(")
_REACH: Final = 12
"""Number of parts after an option that are searched for its object."""


def about_another(parts: Sequence[Part], at: int) -> str:
    """Why the option at `at` does not describe A relative to B; "" if it does or may."""
    subject = subject_of(parts, at)
    if subject is None and _has_unknownsubject_of(parts, at):
        return OTHER
    if subject is not None and (subject.kind == "other" or subject.number == 1):
        return OTHER
    following = parts[at + 1 : at + 1 + _REACH]
    end = next(
        (i for i, part in enumerate(following) if part.kind == "option" or part.text in _STOPS), _REACH
    )
    following = following[:end]
    place = next((i for i, part in enumerate(following) if part.kind in ("asked", "other")), None)
    if place is None:
        return ""
    return _as_object(following[place], {part.text for part in following[:place]}, parts)


def _as_object(named: Part, between: set[str], parts: Sequence[Part]) -> str:
    """What the first structure after an option means for it; `between`: the words in between."""
    governed = bool(between & word_set("object_words"))
    if between & word_set("verbs") and named.number != 0:  # "on the left is B"
        return "" if governed else OTHER
    if named.number == 0:  # "left of A", "behind A"
        return OTHER if governed or between <= word_set("skipped") else ""
    b_is_named = any(part.kind == "asked" and part.number == 1 for part in parts)
    return OTHER if governed and named.kind == "other" and not b_is_named else ""


def subject_of(parts: Sequence[Part], at: int) -> Part | None:
    """The subject of the option: the nearest structure before it that no preposition governs."""
    for back in range(at - 1, -1, -1):
        if parts[back].text == "it" and parts[back + 1].text in word_set("verbs"):
            return next((part for part in parts[:back] if part.kind == "asked"), None)
        if parts[back].kind in ("asked", "other") and _issubject_of(parts, back):
            return parts[back]
    return None


def _has_unknownsubject_of(parts: Sequence[Part], at: int) -> bool:
    """Whether a clause begins with "both", or with "the" and a noun that is neither asked nor the answer."""
    begin = at
    stops = _STOPS | word_set("clause_words")
    while begin > 0 and parts[begin - 1].text not in stops:
        begin -= 1
    clause = [part.text for part in parts[begin:at]]
    verb = next((place for place, word in enumerate(clause) if word in word_set("subject_verbs")), 0)
    if verb and set(clause[:2]) & {"both", "they"}:
        return True
    named = clause[1:verb]
    kinds = {part.kind for part in parts[begin : begin + verb]}
    return (
        bool(named)
        and clause[0] in ("the", "a", "an")
        and kinds == {"word"}
        and not (set(named) & word_set("neutral_subjects"))
    )


def _issubject_of(parts: Sequence[Part], at: int) -> bool:
    back = at - 1
    # "the spleen (marked A)" is one structure, so its name and its mark are treated alike.
    while back >= 0 and (parts[back].text in word_set("skipped") or parts[back].kind == "asked"):
        back -= 1
    if back < 0:
        return True
    if parts[back].text == "of":  # "the position of A"
        placed = back > 0 and parts[back - 1].text in word_set("places")
        return placed and (back < 2 or parts[back - 2].kind != "option")  # not "the left side of B"
    if parts[back].text == "with" and at + 1 < len(parts) and parts[at + 1].text.endswith("ing"):
        return True  # "with the liver filling the left half"
    return parts[back].text not in word_set("relating") or parts[back].kind == "option"
