"""Two answers to each question, compared pair by pair.

With several epochs a side of a pair is the share of epochs that were right; the table of four outcomes then
holds expected counts, as if any epoch of one side met any of the other. Ours.
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
    """How many pairs are right on both sides, on one alone, on none."""

    both: float
    only_a: float
    only_b: float
    neither: float


@dataclass(frozen=True)
class Paired:
    """B minus A.

    n: pairs. difference: of the accuracies on them. clustered: its interval, by case (or pair of structures).
    better: posterior probability that B's accuracy is the higher one. method: how that was had; "discordant":
    from the pairs on which the sides differ, since there are few cases. discordant: that probability, always.
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
        a, b: (n,) the share of replies that were right, one a pair.
        clusters: (n,) see `clustered_interval`.
        cases: how many cases the pairs are of, where clusters are not cases; None: they are.
        seed: of the Bayesian bootstrap.
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
    """P(theta > 1/2), theta ~ Beta(1 + b, 1 + a): where the sides of a pair differ, B is the better one.

    b and a are the sums of differences in favour of each: with one reply a side, how many pairs B alone and
    A alone is right on; with several, a pair counts by how far its sides differ.
    """
    b, a = float(difference.clip(min=0).sum()), float((-difference).clip(min=0).sum())
    return float(stats.beta.sf(0.5, 1 + b, 1 + a))


def bootstrap(difference: Floats, clusters: Indices, *, seed: int, draws: int = DRAWS) -> float:
    """P(mean difference > 0) by the Bayesian bootstrap over clusters (Rubin 1981); a tie counts half.

    Each draw weighs the clusters by Dirichlet(1, ..., 1); the mean is that of the questions, so weighed.
    """
    _, index = np.unique(clusters, return_inverse=True)
    sums = np.bincount(index, weights=difference)
    random = np.random.default_rng(seed)
    above = 0.0
    step = max(1, _AT_ONCE // len(sums))
    for start in range(0, draws, step):
        weights = random.standard_exponential((min(step, draws - start), len(sums)))
        drawn = weights @ sums  # the weighted count of questions that it is divided by is positive
        near = np.abs(drawn) <= 1e-12 * (weights @ np.abs(sums))
        above += float((drawn[~near] > 0).sum()) + near.sum() / 2
    return above / draws
