"""Which questions hang together, and the interval of a mean that allows for it.

Questions of one case show one body. A question without a picture shows none: there, questions about the same
two structures along the same axis are nearly the same question, whatever the case.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL: Final = 0.95

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Clustered:
    """A cluster-robust interval. reason: why there is none, where low and high are None."""

    low: float | None
    high: float | None
    clusters: int
    reason: str | None = None


def clustered_interval(
    values: Floats, clusters: Indices, *, bounds: tuple[float, float], level: float = LEVEL
) -> Clustered:
    """The interval of the mean of `values`, with the cluster-robust variance of a regression on a constant.

    Args:
        values: (n,) one a question. clusters: (n,) which cluster each belongs to, any integers.
        bounds: that the mean cannot leave; the interval is cut there.

    The variance is CR1, that is G/(G-1) times the sum over clusters of squared sums of residuals, over n^2,
    with Student's t at G-1 degrees of freedom (Cameron and Miller 2015, sections II and VI), as statsmodels'
    `cov_type="cluster"` with `use_t`. Where all values are equal there is no variance, and no interval.
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
