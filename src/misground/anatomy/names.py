"""The usual forms of a structure's name: "left adrenal" for a left adrenal gland, "L3" for the vertebrae."""

from functools import cache
from typing import Final

from misground.anatomy.structures import structure_table

_SUFFIXES: Final = frozenset(["muscle", "muscles", "bone", "bones", "gland"])
_SIDES: Final = {"left": ("l", "lt"), "right": ("r", "rt")}
_LEVELS: Final = {"c": ("cervical", 7), "t": ("thoracic", 12), "l": ("lumbar", 5)}
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_MUSCLES: Final = ("gluteus", "glute", "psoas", "iliopsoas", "spinae")


@cache
def name_forms(name: str) -> tuple[str, ...]:
    """The forms of a structure's English name, with its lay name and synonyms; the name itself comes first.

    Args:
        name: the name as a question shows it. One that is not in the table has only the forms that follow
            from its words.

    Examples:
        >>> "left adrenal" in name_forms("left adrenal gland")
        True
    """
    listed = [name]
    for structure in structure_table().structures.values():
        if structure.name == name:
            listed += [*((structure.lay_name,) if structure.lay_name else ()), *structure.synonyms]
    found = [listed[0], *_short(name), *(form for one in listed for form in (one, *_long(one)))]
    if name == "vertebrae":
        found += _vertebrae()
    return tuple(dict.fromkeys(form for one in found for form in (one, *_with_letter(one))))


def sideless(name: str) -> tuple[str, ...]:
    """The forms of a name without its side, which mean it only if nothing else that is asked has them too.

    Examples:
        >>> sideless("left kidney")
        ('kidney',)
    """
    forms = (form.split(" ", 1) for form in name_forms(name))
    return tuple(dict.fromkeys(words[1] for words in forms if words[0] in _SIDES and len(words) == 2))


def _short(name: str) -> list[str]:
    """A name without a word that says what kind of thing it is."""
    first, _, last = name.rpartition(" ")
    return [first] if last in _SUFFIXES and first and first not in _SIDES else []


def _long(name: str) -> list[str]:
    """A muscle's name with the word for it."""
    words = name.split()
    is_muscle = any(word in _MUSCLES for word in words) and "muscle" not in name
    return [f"{name} muscle"] if is_muscle else []


def _with_letter(name: str) -> list[str]:
    """A side as its letter: "L kidney"."""
    side, _, rest = name.partition(" ")
    return [f"{letter} {rest}" for letter in _SIDES.get(side, ()) if rest]


def _vertebrae() -> list[str]:
    forms: list[str] = []
    for letter, (region, count) in _LEVELS.items():
        forms += [f"{region} spine", f"{region} vertebrae", f"{region} vertebra", f"{region} vertebral body"]
        for number, ordinal in enumerate(_ORDINALS[:count], 1):
            level = f"{letter}{number}"
            forms += [level, f"{level} vertebra", f"{level} vertebral body", f"vertebra {level}"]
            forms += [f"{ordinal} {region} vertebra", f"{region} vertebra {number}"]
    return forms
