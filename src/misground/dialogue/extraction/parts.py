"""Splitting a short text into parts: options, structures, negators, other words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from misground.dialogue.extraction.words import Kind, Phrase, Vocabulary, tokens, word_set


@dataclass(frozen=True)
class Part:
    """A phrase, word or punctuation character; `number` is that of an option, or 0 for A and 1 for B."""

    kind: Kind | Literal["word"]
    text: str
    number: int = -1


NO_PART = Part("word", "")


def parts_of(text: str, words: Vocabulary, marks: tuple[str, ...]) -> list[Part]:
    """The parts of a text in order; `marks`: the words, case-sensitive, that may stand for A and B."""
    spelled = [token for token in tokens(text) if token != "-"]
    lowered = [token.lower() for token in spelled]
    parts: list[Part] = []
    at = 0
    while at < len(spelled):
        phrase = words.longest_at(lowered, at)
        name = _name_length(lowered, at)
        mark = spelled[at].removesuffix("'s")
        length = 1
        if name > (len(phrase.words) if phrase else 0):
            length = name
            parts.append(Part("other", " ".join(lowered[at : at + name])))
        elif phrase and not _runs_into_a_name(phrase, lowered, at, words):
            length = len(phrase.words)
            parts.append(Part(phrase.kind, " ".join(phrase.words), phrase.number))
        elif mark in marks and not _is_article(spelled, at, words):
            parts.append(Part("asked", lowered[at], marks.index(mark)))
        else:
            parts.append(Part("word", lowered[at]))
        at += length
    return parts


def _is_article(words: Sequence[str], at: int, known: Vocabulary) -> bool:
    """Whether "A" begins a sentence and is no mark: "A detailed explanation"."""
    following = words[at + 1] if at + 1 < len(words) else ""
    if words[at] != "A" or (at > 0 and words[at - 1] not in (".", "!", "?")) or not following.isalpha():
        return False
    told = known.longest_at([word.lower() for word in words[at + 1 : at + 9]], 0)
    return (
        following.islower()
        and told is None
        and not following.endswith("s")
        and following not in word_set("after_a_mark")
    )


def _runs_into_a_name(phrase: Phrase, words: Sequence[str], start: int, known: Vocabulary) -> bool:
    """Whether the last word of an option begins a structure's name: "to the right lobe"."""
    if phrase.kind != "option" or len(phrase.words) == 1:
        return False
    last = start + len(phrase.words) - 1
    name = known.longest_at(words, last)
    return _name_length(words, last) > 1 or (
        name is not None and name.kind in ("asked", "other") and len(name.words) > 1
    )


def _name_length(words: Sequence[str], start: int) -> int:
    """The number of words at `start` that name a body part with directions ("left lower lobe"); 0 if none."""
    directions = word_set("directions")
    at = start
    while at < min(len(words), start + 6) and (
        words[at] in directions or (at > start and words[at] in ("and", "or", "/"))
    ):
        at += 1
    if at == start or at >= len(words) or words[at] not in word_set("nouns"):
        return 0
    return 0 if list(words[at : at + 2]) == ["hand", "side"] else at + 1 - start
