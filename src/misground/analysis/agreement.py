"""How often two answers to one fact differ, and whether independent answers would differ as often.

The correlation is what is missing from the share that independent answers of the same accuracy would give,
over the most that can be missing. 1: always alike; 0: as independent answers; below 0: more often different.
Within one cell it is Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's alpha-reliability")
with right and wrong as the values; between cells the covariance over the standard deviations, both pooled.
The accuracy is taken within cells, so that what sets cells apart, such as a preference for the first option,
is no agreement (ours).
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
        correlation: how much less often than independent ones they differ, see above; None if the accuracy of
            the cells leaves no room for it.
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
    independent, scale = _expected(pairs)
    correlation, interval = None, None
    most = float(scale.value.mean())
    if most > TINY:
        missing = float(independent.value.mean()) - share
        correlation = missing / most
        # The influence of each unit on a ratio of two means, so that the mean of these values is the ratio.
        parts = correlation + (independent.linear - pairs.differ - correlation * scale.linear) / most
        interval = robust_mean(parts, pairs.groups, (-1.0, 1.0))
    return Agreement(
        n,
        share,
        robust_accuracy(pairs.differ, pairs.groups),
        float(independent.value.mean()),
        correlation,
        interval,
    )


@dataclass(frozen=True)
class _Smooth:
    """A function of the accuracies of cells.

    Attributes:
        value: (n,) its value for each unit.
        linear: (n,) the value, and what each unit's own answers add to it through their cells' accuracies.
    """

    value: Floats
    linear: Floats


def _expected(pairs: Pairs) -> tuple[_Smooth, _Smooth]:
    """The share that differs if independent, and the most by which a share can fall below it."""
    first, second = pairs.cells.T
    count = int(pairs.cells.max()) + 1
    units = _by_cell(pairs.cells, np.ones(pairs.cells.shape), count)
    total = _by_cell(pairs.cells, pairs.answers, count)
    sums = _by_cell(pairs.cells, pairs.right, count)
    level = np.divide(sums, units, out=np.zeros(count), where=units > 0)
    wrong = np.maximum(pairs.options - 1, 1)
    a, b = level[first], level[second]
    # Answers of one cell share the error of its accuracy: without this factor the share would be too small.
    same = first == second
    once = np.where(same, total[first] / np.maximum(total[first] - 1, 1), 1.0)
    value = once * _differ(a, b, wrong)
    slopes = np.column_stack([once * ((1 - b) / wrong - b), once * ((1 - a) / wrong - a)])
    own = [_differ(one, one, wrong) for one in (a, b)]
    spread = np.sqrt(own[0] * own[1])
    # The slope of the root of a product; a cell without spread has no unit that could change it.
    steep = [
        np.divide(spread, 2 * mine, out=np.zeros(len(a)), where=mine > TINY) * 2 * ((1 - one) / wrong - one)
        for one, mine in zip((a, b), own, strict=True)
    ]
    scale = np.where(same, value, spread)
    scale_slopes = np.where(same[:, None], slopes, np.column_stack(steep))
    moved = pairs.right - level[pairs.cells]

    def smooth(found: Floats, change: Floats) -> _Smooth:
        mean = np.divide(_by_cell(pairs.cells, change, count), units, out=np.zeros(count), where=units > 0)
        return _Smooth(found, found + (mean[pairs.cells] * moved).sum(axis=1))

    return smooth(value, slopes), smooth(scale, scale_slopes)


def _differ(a: Floats, b: Floats, wrong: Indices) -> Floats:
    """The chance that independent answers differ, wrong ones spread evenly over the wrong options."""
    return 1 - a * b - (1 - a) * (1 - b) / wrong


def _by_cell(cells: Indices, values: Floats, count: int) -> Floats:
    """(count,) the sums of both columns in each cell."""
    sums: Floats = np.bincount(cells.reshape(-1), weights=values.reshape(-1), minlength=count).astype(float)
    return sums
