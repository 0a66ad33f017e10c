"""The interval of a guesser's accuracy. The only place here that depends on how intervals are computed."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from misground.analysis.dependence import NONE, Groups
from misground.analysis.robust import LEVEL, Ends, robust_accuracy
from misground.shortcuts.guessing import Example, Floats, Indices

NOMINAL: Final = LEVEL
FEWEST_CASES: Final = 10
"""With fewer cases, no guesser is said to win."""


def groups(examples: Sequence[Example]) -> Groups:
    """The cases, structures and items of the questions."""
    structures = [name for example in examples for name in example.structures]
    return Groups(
        _ids([example.case for example in examples]),
        _ids(structures).reshape(-1, 2),
        _ids([example.item for example in examples]),
    )


def interval(scores: Floats, examples: Sequence[Example], level: float = NOMINAL) -> Ends | None:
    """The interval of the mean score, robust to shared cases and structures; None if there is none.

    If all questions are right, or all wrong, it is the bound of as many independent items.

    Args:
        scores: (questions,) from 0 to 1.
        examples: the questions.
        level: coverage.
    """
    found = robust_accuracy(scores, groups(examples), level)
    several = found.dependence.cases > 1
    return found.ends or (found.bound if several and set(scores) in ({0.0}, {1.0}) else None)


def _ids(names: Sequence[str | None]) -> Indices:
    known: dict[str, int] = {}
    return np.array(
        [NONE if name is None else known.setdefault(name, len(known)) for name in names], np.int64
    )
