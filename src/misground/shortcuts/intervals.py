"""The interval of a guesser's accuracy. The only place here that depends on how intervals are computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from misground.analysis import clusters
from misground.shortcuts.guessing import Floats

LEVEL: Final = clusters.LEVEL
FEWEST_CASES: Final = 10
"""With fewer cases, no guesser is said to win."""
_WIDTH: Final = 1e-9


@dataclass(frozen=True)
class Interval:
    """An interval of an accuracy; low and high are None if there is none.

    Attributes:
        low: lower end.
        high: upper end.
        clusters: number of clusters that it is based on.
    """

    low: float | None
    high: float | None
    clusters: int


def interval(scores: Floats, cases: Sequence[str], items: Sequence[str], *, level: float = LEVEL) -> Interval:
    """The interval of the mean score, clustered by case.

    If all questions are right, or all wrong, there is no clustered interval, and the bound is that of as many
    independent items: one end of Beta(1 + items, 1).

    Args:
        scores: (questions,) from 0 to 1.
        cases: (questions,) the case of each.
        items: (questions,) the item of each.
        level: coverage.
    """
    ids = {case: number for number, case in enumerate(dict.fromkeys(cases))}
    found = clusters.clustered_interval(
        scores, np.array([ids[case] for case in cases], np.int64), bounds=(0.0, 1.0), level=level
    )
    if found.low is not None and found.high is not None and found.high - found.low < _WIDTH:
        return Interval(None, None, found.clusters)  # the cases agree to the last digit, by chance
    if found.low is None and len(ids) > 1 and scores[0] in (0.0, 1.0):
        reach = ((1 - level) / 2) ** (1 / (len(set(items)) + 1))
        low, high = (reach, 1.0) if scores[0] else (0.0, 1 - reach)
        return Interval(low, high, found.clusters)
    return Interval(found.low, found.high, found.clusters)
