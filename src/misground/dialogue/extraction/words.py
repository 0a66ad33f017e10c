"""The vocabulary of an answer: the options and their synonyms, structure names, negators, idioms.

All entries are phrases of whole words. If several start at the same word, the longest is used; among equally
long ones, a structure's name takes precedence over an option, since a word inside a name is never an answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml

from misground.anatomy import name_forms, sideless, structure_table

Kind = Literal["asked", "other", "idiom", "option", "unsure", "negator", "denial", "picture", "patient"]
"""asked: structure A or B. other: any other structure. picture, patient: whose left and right is meant."""

_TOKEN: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|[0-9]+|[^\sA-Za-z0-9]")


_WEAKER: Final = ("unsure", "negator", "denial")
"""Kinds of phrases that an option's own words take precedence over."""
_LONG: Final = 7
"""Least letters of an option of which a misspelling is recognised."""


@dataclass(frozen=True)
class Phrase:
    """A phrase, its kind, and its number: the index of an option, or 0 for structure A and 1 for B."""

    words: tuple[str, ...]
    kind: Kind
    number: int = -1


_Index = Mapping[str, tuple[Phrase, ...]]
"""Phrases by their first word, longest first."""


@dataclass(frozen=True)
class Vocabulary:
    """The phrases of one question, and those that are the same for every question."""

    own: _Index
    fixed: _Index

    def longest_at(self, words: Sequence[str], start: int) -> Phrase | None:
        """The longest phrase that starts at the word `start`; None if there is none."""
        own, fixed = _longest(self.own, words, start), _longest(self.fixed, words, start)
        if own is None or fixed is None:
            return own or fixed
        if len(own.words) != len(fixed.words):
            return max(own, fixed, key=lambda phrase: len(phrase.words))
        return own if own.kind == "asked" or fixed.kind in _WEAKER else fixed


def _longest(index: _Index, words: Sequence[str], start: int) -> Phrase | None:
    for phrase in index.get(words[start], ()):
        if tuple(words[start : start + len(phrase.words)]) == phrase.words:
            return phrase
    return None


def tokens(text: str) -> list[str]:
    """Words with their apostrophes, numbers, and every other character except white space."""
    return _TOKEN.findall(text)


@cache
def word_lists() -> Mapping[str, Any]:
    """The content of `data/extraction.yaml`."""
    data = files("misground.dialogue") / "data" / "extraction.yaml"
    loaded: Mapping[str, Any] = yaml.safe_load(data.read_text(encoding="utf-8"))
    return loaded


@cache
def word_set(name: str) -> frozenset[str]:
    """One list of `data/extraction.yaml` as a set of words."""
    return frozenset(word_lists()[name])


@lru_cache(maxsize=4096)
def vocabulary(options: tuple[str, ...], names: tuple[str, ...]) -> Vocabulary:
    """The phrases for a question's options and the English names of its structures A and B."""
    phrases: list[Phrase] = []  # of equal phrases, the first one counts
    for number, name in enumerate(names):
        others = names[:number] + names[number + 1 :]
        if len(name) > 1:  # "A" is a mark, and "a" is not
            phrases += _phrases(_asked_forms(name, others), "asked", number)
    phrases += _phrases(_exact_words(options), "option", options=True)
    phrases += _phrases(_synonyms(options), "option", options=True)
    phrases += _phrases(_misspelled(options), "option", options=True)
    return Vocabulary(_index(phrases), _fixed())


@cache
def _fixed() -> _Index:
    """The phrases that are the same for every question, as most phrases are."""
    lists = word_lists()
    texts: list[tuple[Kind, Iterable[Any]]] = [
        ("other", _known_names()),
        ("idiom", lists["idioms"]),
        ("picture", lists["perspectives"]["picture"]),
        ("patient", lists["perspectives"]["patient"]),
        ("unsure", lists["unsure"]),
        ("negator", lists["negators"]),
        ("denial", lists["denials"]),
    ]
    return _index(phrase for kind, some in texts for phrase in _phrases(some, kind))


def _index(phrases: Iterable[Phrase]) -> _Index:
    by_first: dict[str, dict[tuple[str, ...], Phrase]] = {}
    for phrase in phrases:
        by_first.setdefault(phrase.words[0], {}).setdefault(phrase.words, phrase)
    return {
        first: tuple(sorted(some.values(), key=lambda phrase: -len(phrase.words)))
        for first, some in by_first.items()
    }


def _phrases(
    texts: Iterable[Any], kind: Kind, number: int = -1, *, options: bool = False
) -> Iterable[Phrase]:
    for text in texts:
        spelled, which = text if options else (text, number)
        words = tuple(tokens(str(spelled).lower().replace("-", " ")))
        if words:
            yield Phrase(words, kind, which)


def _exact_words(options: Sequence[str]) -> list[tuple[str, int]]:
    return [(option, number) for number, option in enumerate(options)]


def _synonyms(options: Sequence[str]) -> list[tuple[str, int]]:
    """The synonyms of each option, without those shared by two options or equal to another option."""
    lists = word_lists()
    found: dict[str, set[int]] = {}
    for number, option in enumerate(options):
        key = option.lower()
        for word in (*lists["synonyms"].get(key, ()), *lists["also"].get(key, ())):
            found.setdefault(word, set()).add(number)
    return [(word, numbers.pop()) for word, numbers in found.items() if len(numbers) == 1]


def _misspelled(options: Sequence[str]) -> list[tuple[str, int]]:
    """Long options with one letter left out or two swapped; a word that lacks its end was cut off."""
    found: list[tuple[str, int]] = []
    for number, option in enumerate(options):
        if len(option) >= _LONG and option.isalpha():
            inner = range(1, len(option) - 1)
            found += [(option[:at] + option[at + 1 :], number) for at in inner]
            found += [(option[:at] + option[at + 1] + option[at] + option[at + 2 :], number) for at in inner]
    return found


def _asked_forms(name: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The forms of a structure's name that mean it and no other asked one.

    Its last word alone is one of them unless that is of a kind ("muscle", "lobe").
    """
    sure = [form for one in name_forms(name) for form in _forms(one)]
    words = name.split()
    loose = [*sideless(name), *(words[-1:] if words and words[-1].lower() not in word_set("generic") else ())]
    loose = [form for form in loose if form.lower() not in word_set("generic")]
    taken = {
        form.lower()
        for other in others
        for form in (other, *name_forms(other), *sideless(other), *other.split()[-1:])
    }
    return (*_forms(name), *(form for form in (*sure, *loose) if form.lower() not in taken))


def _forms(name: str) -> tuple[str, ...]:
    return name, f"{name}s", f"{name}'s"


@cache
def _known_names() -> tuple[str, ...]:
    """The names of all structures in all their forms, and other parts of the body."""
    names = {form for s in structure_table().structures.values() for form in name_forms(s.name)}
    return (*(form for name in sorted(names) for form in _forms(name)), *word_lists()["body_parts"])
