"""Two answers to each question, compared pair by pair.

With several epochs, each side of a pair is the share of correct epochs. The table of four outcomes then holds
expected counts, as if each epoch of one side were paired with each epoch of the other; that is our choice.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from misground.analysis.clusters import LEVEL, Clustered, Floats, Indices, clustered_interval

DRAWS: Final = 10_000
FEW_CASES: Final = 10
_AT_ONCE: Final = 4_000_000  # weights in memory at a time


@dataclass(frozen=True)
class FourOutcomes:
    """The number of pairs that are correct on both sides, on one only, and on neither."""

    both: float
    only_a: float
    only_b: float
    neither: float


@dataclass(frozen=True)
class Paired:
    """B minus A.

    Attributes:
        n: number of pairs.
        accuracy_a: accuracy of A on the pairs.
        accuracy_b: accuracy of B on the pairs.
        difference: accuracy of B minus accuracy of A.
        clustered: interval of the difference, clustered by case (or pair of structures).
        better: posterior probability that B's accuracy is higher.
        method: how `better` was computed; "discordant" with few cases.
        discordant: that probability from the pairs whose sides differ, whatever the method.
        table: the four outcomes.
    """

    n: int
    accuracy_a: float
    accuracy_b: float
    difference: float
    clustered: Clustered
    better: float
    method: Literal["bootstrap", "discordant"]
    discordant: float
    table: FourOutcomes


def compare(
    a: Floats,
    b: Floats,
    clusters: Indices,
    *,
    cases: int | None = None,
    seed: int = 0,
    level: float = LEVEL,
) -> Paired:
    """Compare two sides of the same pairs.

    Args:
        a: (n,) share of correct replies on side A of each pair.
        b: (n,) share of correct replies on side B.
        clusters: (n,) see `clustered_interval`.
        cases: number of cases among the pairs; None if the clusters are the cases.
        seed: seed of the Bayesian bootstrap.
        level: coverage of the interval.
    """
    difference = b - a
    table = FourOutcomes(
        both=float((a * b).sum()),
        only_a=float((a * (1 - b)).sum()),
        only_b=float(((1 - a) * b).sum()),
        neither=float(((1 - a) * (1 - b)).sum()),
    )
    count = len(np.unique(clusters))
    few = min(count, count if cases is None else cases) < FEW_CASES
    discordant = discordant_posterior(difference)
    better = discordant if few else bootstrap(difference, clusters, seed=seed)
    n = len(a)
    return Paired(
        n=n,
        accuracy_a=float(a.mean()) if n else math.nan,
        accuracy_b=float(b.mean()) if n else math.nan,
        difference=float(difference.mean()) if n else math.nan,
        clustered=clustered_interval(difference, clusters, bounds=(-1.0, 1.0), level=level),
        better=better,
        method="discordant" if few else "bootstrap",
        discordant=discordant,
        table=table,
    )


def discordant_posterior(difference: Floats) -> float:
    """P(theta > 1/2) for theta ~ Beta(1 + b, 1 + a): the probability that B wins most discordant pairs.

    a and b are the sums of the differences in favour of each side: with one reply per side, the numbers of
    pairs on which only A and only B is correct; with several, a pair counts by the size of its difference.
    """
    b, a = float(difference.clip(min=0).sum()), float((-difference).clip(min=0).sum())
    return float(stats.beta.sf(0.5, 1 + b, 1 + a))


def bootstrap(difference: Floats, clusters: Indices, *, seed: int, draws: int = DRAWS) -> float:
    """P(mean difference > 0) by the Bayesian bootstrap over clusters (Rubin 1981); a tie counts half.

    Each draw weights the clusters by Dirichlet(1, ..., 1) and takes the weighted mean over questions.

    Args:
        difference: (n,) difference of each pair.
        clusters: (n,) id of the cluster of each pair.
        seed: seed of the draws.
        draws: number of draws.
    """
    _, index = np.unique(clusters, return_inverse=True)
    sums = np.bincount(index, weights=difference)
    random = np.random.default_rng(seed)
    above = 0.0
    step = max(1, _AT_ONCE // len(sums))
    for start in range(0, draws, step):
        weights = random.standard_exponential((min(step, draws - start), len(sums)))
        drawn = weights @ sums  # not divided by the weighted number of questions, which is positive
        near = np.abs(drawn) <= 1e-12 * (weights @ np.abs(sums))
        above += float((drawn[~near] > 0).sum()) + near.sum() / 2
    return above / draws
