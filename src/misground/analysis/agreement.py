"""How often two answers to one fact differ, and whether independent answers would differ as often.

The correlation is Krippendorff's alpha for right and wrong (Krippendorff 2011, "Computing Krippendorff's
alpha-reliability"): 1 minus the share of pairs that differ over the share that independent answers of the
same accuracy would give. 1: always alike; 0: as independent answers; below 0: the answers avoid each other.
For two options it is the intraclass correlation. The accuracy is taken within cells, so that a difference
between cells, such as a preference for the first option, is no agreement (ours).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from misground.analysis.dependence import Floats, Groups, Indices
from misground.analysis.robust import Robust, robust_accuracy, robust_mean

TINY: Final = 1e-9


@dataclass(frozen=True)
class Pairs:
    """Units of evidence, each of them one or more pairs of answers to the same fact.

    Attributes:
        differ: (n,) share of the pairs of a unit that differ.
        right: (n, 2) accuracy of the first and of the second answers of a unit.
        cells: (n, 2) cells of the first and second answers, integers from 0.
        answers: (n, 2) number of first and of second answers.
        options: (n,) number of options offered; two answers differ if they state different ones.
        groups: what the units belong to.
    """

    differ: Floats
    right: Floats
    cells: Indices
    answers: Floats
    options: Indices
    groups: Groups


@dataclass(frozen=True)
class Agreement:
    """How often two answers differ.

    Attributes:
        n: number of units.
        differ: share of pairs that differ, averaged over units.
        interval: its interval.
        independent: the share that independent answers of the same accuracy would give; wrong answers are
            spread evenly over the wrong options.
        correlation: 1 - differ / independent; None if independent answers could not differ either.
        correlation_interval: its interval; None without a correlation.
    """

    n: int
    differ: float
    interval: Robust
    independent: float
    correlation: float | None
    correlation_interval: Robust | None


def agreement(pairs: Pairs) -> Agreement | None:
    """Whether the answers agree more often than independent ones; None without units."""
    n = len(pairs.differ)
    if not n:
        return None
    share = float(pairs.differ.mean())
    expected, linear = _expected(pairs)
    independent = float(expected.mean())
    correlation, interval = None, None
    if independent > TINY:
        correlation = 1 - share / independent
        # The influence of each unit on a ratio of two means, so that the mean of these values is the ratio.
        parts = 1 - share / independent - (pairs.differ - share / independent * linear) / independent
        interval = robust_mean(parts, pairs.groups, (-1.0, 1.0))
    return Agreement(
        n, share, robust_accuracy(pairs.differ, pairs.groups), independent, correlation, interval
    )


def _expected(pairs: Pairs) -> tuple[Floats, Floats]:
    """The share that differs if independent, by unit; and with what each unit adds to its cells' accuracy."""
    first, second = pairs.cells.T
    count = int(pairs.cells.max()) + 1
    total, right, units = np.zeros(count), np.zeros(count), np.zeros(count)
    for at, cell in enumerate((first, second)):
        units += np.bincount(cell, minlength=count)
        total += np.bincount(cell, weights=pairs.answers[:, at], minlength=count)
        right += np.bincount(cell, weights=pairs.right[:, at], minlength=count)
    level = np.divide(right, units, out=np.zeros(count), where=units > 0)
    others = np.maximum(pairs.options - 1, 1)
    a, b = level[first], level[second]
    # Answers of one cell share the error of its accuracy: without this factor the share would be too small.
    once = np.where(first == second, total[first] / np.maximum(total[first] - 1, 1), 1.0)
    expected = once * (1 - a * b - (1 - a) * (1 - b) / others)
    slopes = (once * ((1 - b) / others - b), once * ((1 - a) / others - a))
    slope = np.zeros(count)
    for cell, change in zip((first, second), slopes, strict=True):
        slope += np.bincount(cell, weights=change, minlength=count)
    slope = np.divide(slope, units, out=np.zeros(count), where=units > 0)
    moved = sum(slope[cell] * (pairs.right[:, at] - level[cell]) for at, cell in enumerate((first, second)))
    return expected, expected + moved
