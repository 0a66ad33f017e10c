"""Two answers to each question, compared pair by pair.

With several epochs, each side of a pair is the share of correct epochs. The table of four outcomes then holds
expected counts, as if each epoch of one side were paired with each epoch of the other; that is our choice.
"""

import math
from dataclasses import dataclass

from misground.analysis.clusters import Clustered, clustered_interval
from misground.analysis.dependence import Floats, Groups
from misground.analysis.robust import LEVEL, Robust, above_zero, robust_difference, two_sided


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
        robust: interval of the difference for other cases and other structures.
        by_case: interval clustered by case alone, right only for these very structures.
        better: posterior probability that B's accuracy is higher, from the same standard error as `robust`;
            None without one.
        p: two-sided p value of no difference, from the same standard error; None without one.
        table: the four outcomes.
    """

    n: int
    accuracy_a: float
    accuracy_b: float
    difference: float
    robust: Robust
    by_case: Clustered
    better: float | None
    p: float | None
    table: FourOutcomes


def compare(a: Floats, b: Floats, groups: Groups, *, level: float = LEVEL) -> Paired:
    """Compare two sides of the same pairs.

    Args:
        a: (n,) share of correct replies on side A of each pair.
        b: (n,) share of correct replies on side B.
        groups: what the pairs belong to.
        level: coverage of the intervals.
    """
    differences, n = b - a, len(a)
    mean = float(differences.mean()) if n else math.nan
    robust = robust_difference(differences, groups, level)
    return Paired(
        n=n,
        accuracy_a=float(a.mean()) if n else math.nan,
        accuracy_b=float(b.mean()) if n else math.nan,
        difference=mean,
        robust=robust,
        by_case=clustered_interval(differences, groups.cases, bounds=(-1.0, 1.0), level=level),
        better=above_zero(mean, robust.dependence),
        p=two_sided(mean, robust.dependence),
        table=FourOutcomes(
            both=float((a * b).sum()),
            only_a=float((a * (1 - b)).sum()),
            only_b=float(((1 - a) * b).sum()),
            neither=float(((1 - a) * (1 - b)).sum()),
        ),
    )
