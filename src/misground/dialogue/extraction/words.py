"""The vocabulary of an answer: the options and their synonyms, structure names, negators, idioms.

All entries are phrases of whole words. If several start at the same word, the longest is used; among equally
long ones, a structure's name takes precedence over an option, since a word inside a name is never an answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml

from misground.anatomy import structure_table

Kind = Literal["asked", "other", "idiom", "frame", "option", "unsure", "negator"]
"""asked: structure A or B. other: any other structure. frame: an option's word in another frame."""

_TOKEN: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|[0-9]+|[^\sA-Za-z0-9]")


@dataclass(frozen=True)
class Phrase:
    """A phrase, its kind, and its number: the index of an option, or 0 for structure A and 1 for B."""

    words: tuple[str, ...]
    kind: Kind
    number: int = -1


@dataclass(frozen=True)
class Vocabulary:
    """Phrases by their first word, longest first."""

    by_first: Mapping[str, tuple[Phrase, ...]]

    def longest_at(self, words: Sequence[str], start: int) -> Phrase | None:
        """The longest phrase that starts at the word `start`; None if there is none."""
        for phrase in self.by_first.get(words[start], ()):
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


@cache
def vocabulary(options: tuple[str, ...], names: tuple[str, ...]) -> Vocabulary:
    """The phrases for a question's options and the English names of its structures A and B."""
    lists = word_lists()
    phrases: list[Phrase] = []  # of equal phrases, the first one counts
    for number, name in enumerate(names):
        other = " ".join(names[:number] + names[number + 1 :])
        phrases += _phrases(_asked_forms(name, other), "asked", number)
    phrases += _fixed("other")
    phrases += _fixed("idiom")
    for option in options:
        phrases += _phrases(lists["other_frame"].get(option.lower(), ()), "frame")
    phrases += _phrases(_exact_words(options), "option", options=True)
    phrases += _phrases(_synonyms(options), "option", options=True)
    phrases += _fixed("unsure")
    phrases += _fixed("negator")
    by_first: dict[str, dict[tuple[str, ...], Phrase]] = {}
    for phrase in phrases:
        by_first.setdefault(phrase.words[0], {}).setdefault(phrase.words, phrase)
    return Vocabulary(
        {
            first: tuple(sorted(some.values(), key=lambda phrase: -len(phrase.words)))
            for first, some in by_first.items()
        }
    )


@cache
def _fixed(kind: Literal["other", "idiom", "unsure", "negator"]) -> tuple[Phrase, ...]:
    """The phrases of a kind that are the same for every question, as most phrases are."""
    lists = {"idiom": "idioms", "unsure": "unsure", "negator": "negators"}
    texts = _known_names() if kind == "other" else word_lists()[lists[kind]]
    return tuple(_phrases(texts, kind))


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


def _asked_forms(name: str, other: str) -> tuple[str, ...]:
    """The forms of a structure's name: its name, its lay name, and its last word if that is unambiguous."""
    called = [
        name,
        *(s.lay_name for s in structure_table().structures.values() if s.name == name and s.lay_name),
    ]
    last = name.rsplit(maxsplit=1)[-1] if name.split() else ""
    if last and last.lower() not in other.lower().split():
        called.append(last)
    return tuple(form for one in called for form in _forms(one))


def _forms(name: str) -> tuple[str, ...]:
    return name, f"{name}s", f"{name}'s"


@cache
def _known_names() -> tuple[str, ...]:
    """The English and lay names of all structures, in all their forms."""
    structures = structure_table().structures.values()
    names = {name for s in structures for name in (s.name, s.lay_name) if name}
    return tuple(form for name in sorted(names) for form in _forms(name))
