"""An interval of a mean that allows for shared cases alone: right only for these very structures."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from misground.analysis.dependence import Floats, Indices
from misground.analysis.robust import LEVEL


@dataclass(frozen=True)
class Clustered:
    """A cluster-robust interval.

    Attributes:
        low: lower end; None if there is no interval.
        high: upper end; None if there is no interval.
        clusters: number of clusters.
        reason: why there is no interval; None if there is one.
    """

    low: float | None
    high: float | None
    clusters: int
    reason: str | None = None


def clustered_interval(
    values: Floats, clusters: Indices, *, bounds: tuple[float, float], level: float = LEVEL
) -> Clustered:
    """The interval of the mean of `values`, with the cluster-robust variance of a regression on a constant.

    The variance is CR1, that is, G/(G-1) times the sum over clusters of squared sums of residuals, divided by
    n^2, with Student's t at G-1 degrees of freedom (Cameron and Miller 2015, sections II and VI), as in
    statsmodels' `cov_type="cluster"` with `use_t`. If all values are equal, there is no interval.

    Args:
        values: (n,) one value per question.
        clusters: (n,) id of the cluster of each question, any integers.
        bounds: range of possible means; the interval is cut there.
        level: coverage of the interval.
    """
    _, index = np.unique(clusters, return_inverse=True)
    count = int(index.max()) + 1 if len(values) else 0
    if count == 0:
        return Clustered(None, None, 0, "no questions")
    if count == 1:
        return Clustered(None, None, 1, "one cluster")
    if np.ptp(values) == 0:
        return Clustered(None, None, count, "all alike")
    mean = values.mean()
    sums = np.bincount(index, weights=values - mean)
    error = np.sqrt(count / (count - 1) * np.square(sums).sum()) / len(values)
    reach = stats.t.ppf(0.5 + level / 2, count - 1) * error
    low, high = bounds
    return Clustered(float(max(low, mean - reach)), float(min(high, mean + reach)), count)
