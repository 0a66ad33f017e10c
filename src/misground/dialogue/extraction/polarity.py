"""Whether a clause denies an option: "not left", "left can be ruled out", "wrong answer: left"."""

from collections.abc import Sequence
from typing import Final

from misground.dialogue.extraction.parts import NO_PART, Part
from misground.dialogue.extraction.words import word_set

_REACH: Final = 8
"""Number of parts before an option that are searched for a negator."""
_STOPS: Final = frozenset(",.;:?!()[]")
_BEFORE: Final = frozenset(
    ["but", "and", "so", "while", "whereas", "because", "since", "although", "though", "however", "therefore",
     "thus", "hence", "instead", "yet", "if"]
)  # fmt: skip
_COMPARING: Final = frozenset(
    ["than", "over", "versus", "against", "unlike", "without", "other than", "rather than", "instead of",
     "opposed to", "as opposed to", "except"]
)  # fmt: skip
_LINKING: Final = frozenset(["therefore", "thus", "hence", "then", "however"])
_NEEDS_A_VERB: Final = frozenset(["not", "no"])


def ruled_out(parts: Sequence[Part], at: int) -> bool:
    """Whether the clause of the option at `at` denies it."""
    return _before(parts, at) or _behind(parts, at)


def _before(parts: Sequence[Part], at: int) -> bool:
    named = False
    for back in range(at - 1, max(-1, at - 1 - _REACH), -1):
        part = parts[back]
        if part.kind in ("negator", "denial"):
            return not (named and part.text in _COMPARING)
        if part.kind == "option":  # "not left or right"
            return any(p.text in ("or", "/") for p in parts[back + 1 : at]) and _before(parts, back)
        if part.text == ":":
            return _is_denying_label(parts[max(0, back - 4) : back])
        if part.text in _STOPS or part.text in _BEFORE:
            return False
        named = named or part.kind in ("asked", "other")
    return False


def _is_denying_label(before: Sequence[Part]) -> bool:
    """Whether the words before a colon say that what follows is no answer: "wrong answer:"."""
    for part in reversed(before):
        if part.text in _STOPS or part.kind in ("asked", "other", "option"):
            return False
        if part.kind in ("negator", "denial") or part.text in word_set("other_labels"):
            return True
    return False


def _behind(parts: Sequence[Part], at: int) -> bool:
    following = at + 1
    if _text(parts, following) == ")":
        following += 1
    if _text(parts, following) in (":", "("):  # "superior: incorrect"
        label = parts[following + 1] if following + 1 < len(parts) else NO_PART
        return _is_denial(label)
    if _text(parts, following) in ("and", "or", "nor", "/"):  # "superior and inferior are excluded"
        other = following + 1
        while _text(parts, other) in ("the", "both", "also"):
            other += 1
        return other < len(parts) and parts[other].kind == "option" and _behind(parts, other)
    places = range(following, len(parts))
    denial = next((place for place in places if _decides(parts, place, following)), None)
    return denial is not None and _denies(parts, denial)


def _decides(parts: Sequence[Part], place: int, start: int) -> bool:
    """Whether a part behind an option ends its clause or says whether it is denied."""
    part = parts[place]
    if part.text in _LINKING and place > start:
        return False  # "superior is therefore not"
    return (
        part.kind == "option"
        or part.text in _STOPS
        or part.text in ("and", "or", *_NEEDS_A_VERB)
        or (part.kind == "word" and part.text in word_set("clause_words"))
        or part.text in _COMPARING
        or _is_denial(part)
    )


def _denies(parts: Sequence[Part], place: int) -> bool:
    part = parts[place]
    if part.text in _NEEDS_A_VERB:
        return _text(parts, place - 1) in word_set("auxiliaries")
    return _is_denial(part)


def _is_denial(part: Part) -> bool:
    return part.kind in ("negator", "denial") and part.text in word_set("denials")


def _text(parts: Sequence[Part], at: int) -> str:
    return (parts[at] if 0 <= at < len(parts) else NO_PART).text
