"""What a flipped step exchanged: a word for its opposite, a spelling for another, or anything else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from misground.records import FlipKind

LEAST_LETTERS: Final = 3
"""Letters from which on a token counts as the beginning of a word: fewer begin too many."""

_FIRST_WORD: Final = re.compile(r"(\W*)(\w+)")
_WORD_BEFORE: Final = re.compile(r"\w+\Z")
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_SPELLINGS: Final = (
    (re.compile(r"(?<=\w\w\w)our\b"), "or"),  # colour, color
    (re.compile(r"(?<=\w\w)tre\b"), "ter"),  # centre, center
    (re.compile(r"(?<=\w\w\w)(i|y)s(e|ed|es|ing|ation)\b"), r"\1z\2"),  # localise, localize
    (re.compile(r"(?<=\w)(ae|oe)(?=\w\w)"), "e"),  # haemorrhage, hemorrhage
)
_LONGEST_WORD: Final = 100


@dataclass(frozen=True, slots=True)
class _Word:
    """A word in small letters, and whether it may go on."""

    letters: str
    open: bool


def kind_of_flip(
    completion: str, start: int | None, choice: str, greedy: str, pairs: Iterable[tuple[str, str]]
) -> FlipKind:
    """Say what a step exchanged by taking one token instead of another.

    Whole words are compared: that of the choice as the reply has it, with the tokens before and behind that
    belong to it; that of the other token as far as it is known, since nobody wrote what would have followed.
    So `inf` counts as the beginning of `inferior`, if the choice stands for `superior`.

    Args:
        completion: The reply.
        start: Where the choice begins in it, in characters; None if it is not there.
        choice: Text of the token that was taken.
        greedy: Text of the likeliest token.
        pairs: Words and their opposites, in small letters.

    Examples:
        >>> pairs = [("superior", "inferior"), ("left", "right")]
        >>> kind_of_flip("It is Superior.", 5, " Super", " inf", pairs)
        'antonym'
        >>> kind_of_flip("on the left side", 6, " left", " Left", pairs)
        'variant'
        >>> kind_of_flip("on the left side", 6, " left", " other", pairs)
        'other'
    """
    begun, chosen = "", _first_word(choice)
    if start is not None:
        continues = chosen is not None and not chosen[0]
        before = _WORD_BEFORE.search(completion[max(0, start - _LONGEST_WORD) : start])
        begun = before[0] if before and continues else ""
        if chosen is not None:  # a token of letters: the whole word is in the reply
            rest = _first_word(completion[start : start + len(choice) + _LONGEST_WORD])
            chosen = _joined(begun, rest or chosen)
    other = _first_word(greedy)
    if chosen is None or other is None:
        return "variant" if chosen == other and choice.strip() == greedy.strip() else "other"
    one, two = _word(*chosen, whole=start is not None), _word(*_joined(begun, other), whole=False)
    if _opposite(one, two, frozenset(pairs)):
        return "antonym"
    return "variant" if _letters(choice) == _letters(greedy) or _alike(one, two) else "other"


_Found = tuple[str, str, bool]
"""What stands before the first word, the word, and whether the text ends with it."""


def _first_word(text: str) -> _Found | None:
    found = _FIRST_WORD.match(text)
    return None if found is None else (found[1], found[2], found.end() == len(text))


def _joined(begun: str, found: _Found) -> _Found:
    """The word with its beginning, unless something stands between them."""
    return found if found[0] else ("", begun + found[1], found[2])


def _word(_: str, word: str, ends: bool, *, whole: bool) -> _Word:
    return _Word(_letters(word), ends and not whole)


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _opposite(chosen: _Word, other: _Word, pairs: frozenset[tuple[str, str]]) -> bool:
    return any(
        (_is(one, chosen.letters) and _may_become(two, other, chosen.letters))
        or (chosen.open and _is(two, other.letters) and _may_become(one, chosen, other.letters))
        for one, two in _both_ways(pairs)
    )  # fmt: skip


@lru_cache(maxsize=4)
def _both_ways(pairs: frozenset[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({*pairs, *((two, one) for one, two in pairs)}))


def _is(term: str, letters: str) -> bool:
    """Whether a word is a term, or its adverb."""
    return letters in (term, f"{term}ly")


def _may_become(term: str, word: _Word, beside: str) -> bool:
    """Whether a word is a term, or the beginning of one that is not also a beginning of the other word."""
    if _is(term, word.letters):
        return True
    begins = word.open and len(word.letters) >= LEAST_LETTERS and term.startswith(word.letters)
    return begins and not beside.startswith(word.letters)


def _alike(one: _Word, two: _Word) -> bool:
    """Whether two words differ in spelling only, or one may be the beginning of the other."""
    a, b = _spelled(one.letters), _spelled(two.letters)
    if a == b:
        return True
    shorter, longer, may_go_on = (a, b, one.open) if len(a) < len(b) else (b, a, two.open)
    return may_go_on and len(shorter) >= LEAST_LETTERS and longer.startswith(shorter)


def _spelled(letters: str) -> str:
    for pattern, new in _SPELLINGS:
        letters = pattern.sub(new, letters)
    return letters
