"""Options that are names of structures, as the probe `naming` offers them.

In every other question, a word within a name is never an answer, so the names are hidden from the reader.
Here the names are the answer: each is replaced by a word that means nothing else, which is then the option.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from misground.anatomy import name_forms, structure_table
from misground.dialogue.extraction.parts import Part
from misground.dialogue.extraction.rewriting import Rewriting
from misground.dialogue.extraction.subjects import subject_of

STANDINS: Final = ("namealpha", "namebeta")
"""The words that stand for the two names."""
_ENDS: Final = frozenset([",", ".", ";", ":", "and", "but", "while", "whereas", "so"])
_REACH: Final = 6
"""Number of parts behind a name that are searched for its mark."""


def with_standins(text: Rewriting, options: Sequence[str]) -> tuple[str, ...]:
    """Replace the names in a text by `STANDINS`, and return these, one for each option."""
    for standin, pattern in zip(STANDINS, _patterns(tuple(options)), strict=True):
        text.substitute(pattern, standin)
    return STANDINS


def names_b(parts: Sequence[Part], at: int) -> bool:
    """Whether the name at `at` is said of mark B: "B is the spleen", "the spleen (B)"."""
    subject = subject_of(parts, at)
    if subject is not None and subject.kind == "asked":
        return subject.number == 1
    for part in parts[at + 1 : at + 1 + _REACH]:
        if part.kind == "option" or part.text in _ENDS:
            return False
        if part.kind == "asked":
            return part.number == 1
    return False


@lru_cache(maxsize=4096)
def _patterns(options: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """For each option, what spells it: its name in any form that is not one of the other option too."""
    forms = [{form.lower() for form in (option, *name_forms(option))} for option in options]
    found = []
    for number, own in enumerate(forms):
        others = set().union(*(forms[:number] + forms[number + 1 :]))
        mine = sorted({*(own - others), options[number].lower()}, key=lambda form: (-len(form), form))
        longer = {name.lower() for name in _known()} | others
        found.append(re.compile("|".join(_spelled(form, longer) for form in mine), re.IGNORECASE))
    return tuple(found)


def _spelled(form: str, longer: set[str]) -> str:
    """A form as whole words, not within the name of another structure."""
    before = {name[: -len(form)] for name in longer if name.endswith(f" {form}")}
    behind = {name[len(form) :] for name in longer if name.startswith(f"{form} ")}
    not_before = "".join(f"(?<!{_loose(part)})" for part in sorted(before))
    not_behind = "".join(f"(?!{_loose(part)}(?![a-z]))" for part in sorted(behind))
    return f"(?<![a-z0-9]){not_before}{_loose(form)}(?:'s|s|')?(?![a-z0-9']){not_behind}"


def _loose(words: str) -> str:
    return re.escape(words).replace(r"\ ", "[ -]").replace(r"\-", "[ -]")


def _known() -> tuple[str, ...]:
    return tuple(structure.name for structure in structure_table().structures.values())
