"""Words that speak of the text, not of the body: "the options above", "as described earlier", "see below"."""

from collections.abc import Sequence
from typing import Final

from misground.dialogue.extraction.parts import NO_PART, Part
from misground.dialogue.extraction.words import word_set

_PREPOSITIONS: Final = frozenset(["before", "after", "over", "under", "prior", "preceding"])
_ORDER: Final = frozenset(["earlier", "later", "before", "after", "previous", "prior"])
_SHOWN: Final = frozenset(
    ["image", "images", "picture", "pictures", "slice", "slices", "frame", "frames", "scan", "figure"]
)
_PRONOUNS: Final = frozenset(["i", "we", "you", "i'll", "we'll", "you'll", "let's"])
_SPEAKERS: Final = _PRONOUNS | {"i've", "we've", "will", "shall", "please", "see"}
_CHOOSING: Final = frozenset(
    ["say", "choose", "pick", "select", "go", "with", "think", "believe", "guess", "that"]
)
_REACH: Final = 5


def speaks_of_the_text(parts: Sequence[Part], at: int) -> bool:
    """Whether the option at `at` is a word about the text."""
    word = parts[at].text
    if word not in word_set("deictic"):
        return False
    before, behind = _part(parts, at - 1), _part(parts, at + 1)
    if before.text in ("and", "or") and _part(parts, at - 2).kind == "option":  # "above and below"
        return False
    place = at + 1
    while _part(parts, place).text in word_set("skipped") or _part(parts, place).text in ("of", "than"):
        place += 1
    related = _part(parts, place)
    if related.kind == "asked" or behind.text == "than" or related.text == "it":
        return False
    if word in _PREPOSITIONS and behind.kind == "word" and behind.text[:1].isalnum():
        return True
    if at == 0 and behind.text in (
        "is",
        "are",
        "follows",
        "follow",
        "you",
        "i",
        "we",
    ):  # "below is my reasoning"
        return True
    nouns, verbs = word_set("text_nouns"), word_set("text_verbs")
    return (
        before.text in nouns
        or before.text in verbs
        or (before.text in word_set("text_pronouns") and behind.text not in ("of", "one"))
        or (before.text in ("a", "an") and before.kind == "word")
        or behind.text in verbs
        or (behind.text in nouns and not (word in _ORDER and behind.text in _SHOWN))
        or _is_spoken_of(parts, at)
    )


def _is_spoken_of(parts: Sequence[Part], at: int) -> bool:
    """Whether a speaker says it of the text: "I will explain it below"."""
    verbs = word_set("text_verbs")
    said = False
    reach = 2 * _REACH if parts[at].text in _ORDER else _REACH
    for part in reversed(parts[max(0, at - reach) : at]):
        if part.kind in ("asked", "option"):
            return False
        if part.text in _CHOOSING:
            return False
        said = said or part.text in verbs
        if part.text in (_SPEAKERS if said else _PRONOUNS):
            return said or parts[at].text in _ORDER
    return False


def _part(parts: Sequence[Part], at: int) -> Part:
    return parts[at] if 0 <= at < len(parts) else NO_PART
