"""Intervals of an accuracy and of a difference that hold for other cases and other structures."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from misground.analysis.dependence import Dependence, Floats, Groups, dependence

LEVEL: Final = 0.95
NEAR: Final = 0.1
"""Within this distance of 0 and 1 an accuracy has a score interval: the other misses on one side there."""

Ends = tuple[float, float]


@dataclass(frozen=True)
class Robust:
    """An interval of a mean over questions.

    Attributes:
        low: lower end; None if there is no interval.
        high: upper end; None if there is no interval.
        bound: where an accuracy has no interval, the credible interval of its items: how far from the truth
            it may be even if every item were independent. It carries no verdict.
        dependence: the standard error, its degrees of freedom, the numbers of cases, structures and items.
    """

    low: float | None
    high: float | None
    bound: Ends | None
    dependence: Dependence

    @property
    def ends(self) -> Ends | None:
        """Both ends; None if there is no interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def robust_accuracy(values: Floats, groups: Groups, level: float = LEVEL) -> Robust:
    """The interval of an accuracy: Student's t; Wilson's score interval near 0 and 1.

    The score interval (Wilson 1927) takes Student's t for the normal quantile, and for n the number of
    independent questions that would give the same standard error, at most the number of questions.

    Args:
        values: (n,) share of correct replies to each question.
        groups: what the questions belong to.
        level: coverage of the interval.
    """
    found = dependence(values, groups)
    if found.error is None:
        items = found.items
        bound = credible_interval(float(values.mean()) * items, items, level) if items else None
        return Robust(None, None, bound, found)
    mean = float(values.mean())
    reach = float(stats.t.ppf(0.5 + level / 2, found.freedom))
    if NEAR <= mean <= 1 - NEAR:
        low, high = mean - reach * found.error, mean + reach * found.error
    else:
        low, high = _score(mean, found.error, reach, len(values))
    return Robust(max(0.0, low), min(1.0, high), None, found)


def robust_difference(
    values: Floats,
    groups: Groups,
    level: float = LEVEL,
    *,
    side: NDArray[np.bool_] | None = None,
    most: float = 1.0,
) -> Robust:
    """The interval of a mean difference, cut at the largest difference that there can be: Student's t.

    Args:
        values: (n,) difference of each pair; with `side`, accuracy of each question.
        groups: what the pairs or questions belong to.
        level: coverage of the interval.
        side: (n,) whether a question is on side B, of which A is subtracted; None for pairs.
        most: the largest absolute difference that is possible: 1 for accuracies, 2 for differences of these.
    """
    found = dependence(values, groups, side)
    if found.error is None:
        return Robust(None, None, None, found)
    reach = float(stats.t.ppf(0.5 + level / 2, found.freedom)) * found.error
    mean = float(values.mean() if side is None else values[side].mean() - values[~side].mean())
    return Robust(max(-most, mean - reach), min(most, mean + reach), None, found)


def robust_mean(values: Floats, groups: Groups, bounds: Ends, level: float = LEVEL) -> Robust:
    """The interval of any mean, cut at the bounds of what it can be: Student's t.

    Args:
        values: (n,) one value per question.
        groups: what the questions belong to.
        bounds: the lowest and the highest possible mean.
        level: coverage of the interval.
    """
    found = robust_difference(values, groups, level, most=math.inf)
    if found.low is None or found.high is None:
        return found
    return Robust(max(bounds[0], found.low), min(bounds[1], found.high), None, found.dependence)


def above_zero(mean: float, found: Dependence) -> float | None:
    """P(true mean > 0), the posterior of a flat prior: Student's t around the mean; None without an error."""
    if found.error is None:
        return None
    return float(stats.t.cdf(mean / found.error, found.freedom))


def two_sided(mean: float, found: Dependence) -> float | None:
    """The p value of "the true mean is 0", from the same t as the interval; None without an error."""
    if found.error is None:
        return None
    return float(2 * stats.t.sf(abs(mean) / found.error, found.freedom))


def credible_interval(k: float, n: float, level: float = LEVEL) -> Ends:
    """The central interval of Beta(1 + k, 1 + n - k): the posterior for k correct out of n, uniform prior."""
    tail = (1 - level) / 2
    low, high = special.betaincinv(1 + k, 1 + n - k, [tail, 1 - tail])
    return float(low), float(high)


def _score(mean: float, error: float, reach: float, most: int) -> Ends:
    n = min(mean * (1 - mean) / error**2, most)
    square = reach**2 / n
    middle = (mean + square / 2) / (1 + square)
    half = reach / (1 + square) * math.sqrt(mean * (1 - mean) / n + square / (4 * n))
    return middle - half, middle + half
