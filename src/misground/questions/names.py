"""The names of A and B as a question shows them.

A structure that a user's data set declares is not in the structure table: its name is known only from the
texts of the questions, so names are always taken from there.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from misground.anatomy import structure_table

_ASKED: Final = re.compile(
    r"what is the position of (?:the )?(.+?)(?: \(marked A\))? "
    r"relative to (?:the )?(.+?)(?: \(marked B\))?\?$"
)


def asked_names(text: str) -> tuple[str, ...]:
    """The names of A and B in a question's text.

    Returns:
        (name of A, name of B); ("A", "B") on a blank canvas; () if no structure is asked about.

    Examples:
        >>> asked_names("what is the position of the liver (marked A) relative to the spleen (marked B)?")
        ('liver', 'spleen')
    """
    found = _ASKED.search(text)
    return () if found is None else found.groups()


Asked = Literal["patient", "picture", "order", "end", "plane", "name"]
"""What a question asks: a position in the patient's or the picture's frame, an order in the stack, the end of
the body that a stack runs to, the plane, or the name of a structure."""

_PHRASES: Final[tuple[tuple[str, Asked], ...]] = (
    ("in which anatomical plane", "plane"),
    ("towards which end", "end"),
    ("which structure is marked", "name"),
    ("as seen in the picture", "picture"),
    ("going through the pictures", "order"),
    ("in the patient's frame", "patient"),
)


def asked(text: str) -> Asked | None:
    """What a question's text asks; None if it is no question of a benchmark.

    Examples:
        >>> asked("As seen in the picture (directions are the picture's own), what is the position of A ...?")
        'picture'
    """
    lowered = text.lower()
    return next((found for phrase, found in _PHRASES if phrase in lowered), None)


def structure_names(questions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The name of each asked structure, by its key.

    Args:
        questions: rows of `records.schemas.QUESTIONS`.

    Returns:
        Structure key -> name as the questions show it. If no question names it (all are on a blank canvas),
        the name in the structure table; for a structure that is not in the table, its key with spaces.
    """
    table = structure_table().structures
    names: dict[str, str] = {}
    unnamed: set[str] = set()
    for row in questions:
        keys = [key for key in (row["structure_a"], row["structure_b"]) if key is not None]
        shown = asked_names(row["text"] or "") if row["condition"] != "blank" else ()
        if row.get("probe") == "reversed":
            shown = shown[::-1]  # its text names B first
        if len(shown) == len(keys):
            names |= {key: name for key, name in zip(keys, shown, strict=True) if key not in names}
        else:
            unnamed.update(keys)
    for key in unnamed - names.keys():
        names[key] = table[key].name if key in table else key.replace("_", " ")
    return names
