"""Words of an option that mean something else: a part of a thing, a plane in general, the way one scrolls."""

from collections.abc import Sequence
from typing import Final

from misground.dialogue.extraction.parts import NO_PART, Part
from misground.dialogue.extraction.words import word_set

_NOUNS: Final = frozenset(["the head", "the feet", "the front", "the back"])
_LINKS: Final = frozenset(["is", "of", "shows", "are", "and", "in"])
_EVERYDAY: Final = frozenset(["front", "back", "head", "feet"])
_COMPARED: Final = frozenset(["higher", "lower"])
_WITHIN: Final = frozenset(["inside", "outside"])
_MEANING: Final = frozenset(["means", "mean", "refers", "denotes", "describes"])
_REMAINING: Final = frozenset(
    ["option", "options", "choice", "choices", "possibility", "possibilities", "nothing"]
)
_QUALITIES: Final = frozenset(
    ["soft", "contrast", "resolution", "quality", "detail", "visualisation", "visualization", "performance",
     "accuracy", "signal", "spatial", "sensitivity", "diagnostic"]
)  # fmt: skip
"""What may be of superior or inferior quality: "superior soft-tissue contrast"."""
_JUST: Final = frozenset(
    ["above", "below", "beneath", "under", "underneath", "behind", "over", "beside", "alongside", "against",
     "between", "near", "next", "after", "before"]
)  # fmt: skip
"""Words before which "right" means "just": "right above the liver"."""
_ENDS: Final = frozenset(",.;:!?()[]")
_CLAUSE: Final = frozenset(",.;(")


def means_something_else(parts: Sequence[Part], at: int) -> bool:
    """Whether the option at `at` is no side, plane or order of A."""
    word, before, behind = parts[at].text, _part(parts, at - 1), _part(parts, at + 1)
    nouns = word_set("plane_nouns")
    return (
        _is_a_part(parts, at)
        or (word == "left" and (before.text in _REMAINING or _remains(parts, at)))
        or (word in ("superior", "inferior") and behind.text in _QUALITIES)
        or (word == "right" and behind.text in _JUST and before.text not in ("the", "to", "its"))
        or _defines(parts, at)
        or (word in _NOUNS and before.text in _LINKS)
        or (word in _EVERYDAY and any(part.text.isalpha() for part in (*parts[:at], *parts[at + 1 :])))
        or (
            word in _COMPARED and behind.text.isalpha() and behind.text not in word_set("after_a_comparative")
        )
        or (word in _WITHIN and behind.text.isalpha() and behind.kind != "asked" and behind.text != "of")
        or (
            word == "horizontal"
            and behind.text.isalpha()
            and behind.text not in nouns
            and behind.kind != "option"
        )
    )


def _remains(parts: Sequence[Part], at: int) -> bool:
    """Whether "left" means what remains: "the only organ left is the liver"."""
    only = any(part.text == "only" for part in parts[max(0, at - 4) : at])
    return only and _part(parts, at + 1).text in ("is", "are", "was", "would", "that", "to", ".", "")


def explains_words(parts: Sequence[Part]) -> bool:
    """Whether a sentence says what a word means: "anterior means towards the front of the body"."""
    return any(
        part.kind == "option" and _part(parts, at + 1).text in _MEANING for at, part in enumerate(parts)
    )


def tells_a_motion(parts: Sequence[Part], at: int) -> bool:
    """Whether an option is the way that a viewer or a stack moves: "as we move inferiorly"."""
    moving = next(
        (back for back in range(at - 1, max(-1, at - 4), -1) if parts[back].text in word_set("moving")), None
    )
    if moving is None or parts[moving + 1].text in ("with", "for"):  # "I'd go with left"
        return False
    for part in reversed(parts[:moving]):
        if part.text in _CLAUSE:
            break
        if part.kind == "asked":
            return False
    return True


def _is_a_part(parts: Sequence[Part], at: int) -> bool:
    """Whether an option is said of a part: "the superior part of the body", "its inferior surface"."""
    if _part(parts, at + 1).text not in word_set("parts_of_a_whole"):
        return False
    if _part(parts, at - 1).text.endswith("'s") and _part(parts, at - 1).kind in ("asked", "other"):
        return True
    begin = at
    while begin > 0 and parts[begin - 1].text not in _CLAUSE:
        begin -= 1
    return {part.text for part in parts[begin:at]} in ({"the"}, {"its"})


def _defines(parts: Sequence[Part], at: int) -> bool:
    """Whether a sentence speaks of planes in general: "the coronal plane divides the body"."""
    behind = [part.text for part in parts[at + 1 : at + 4]]
    nouns = 0
    while nouns < len(behind) and behind[nouns] in word_set("plane_nouns"):
        nouns += 1
    listed = behind[:1] == [":"] and len(behind) > 1 and behind[1] in word_set("defining")
    return listed or (0 < nouns < len(behind) and behind[nouns] in word_set("defining"))


def _part(parts: Sequence[Part], at: int) -> Part:
    return parts[at] if 0 <= at < len(parts) else NO_PART
