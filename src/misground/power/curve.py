"""The detectable difference by number of cases, and the number that a wanted difference needs."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from misground.analysis.dependence import Dependence

MOST_TIMES: Final = 1024
"""Times the cases of the benchmark beyond which a number of cases is not named."""


@dataclass(frozen=True)
class Curve:
    """The detectable difference with fewer or more cases than the benchmark has.

    Attributes:
        times: (n,) times the cases of the benchmark, ascending.
        differences: (n,) the detectable difference with each number of cases; it never rises.
        limit: what it tends to with more and more cases of the same structures.
    """

    times: Sequence[float]
    differences: Sequence[float]
    limit: float

    def at(self, times: float) -> float | None:
        """The detectable difference at a number of cases that was measured; None at any other."""
        return self.differences[self.times.index(times)] if times in self.times else None

    def needed(self, wanted: float) -> float | None:
        """Times the cases that make a difference detectable, at least `times[0]`; None: not even the most."""
        if self.differences[-1] > wanted:
            return None
        at = next(at for at, one in enumerate(self.differences) if one <= wanted)
        if at == 0:
            return self.times[0]
        less, more = np.log(self.times[at - 1 : at + 1])
        high, low = np.log(self.differences[at - 1 : at + 1])
        return math.exp(less + (high - math.log(wanted)) / (high - low) * (more - less))


def curve(measured: Mapping[float, float], beyond: Callable[[float], float]) -> Curve:
    """A curve through measured points, continued up to `MOST_TIMES`.

    Args:
        measured: times the cases of the benchmark -> detectable difference; not empty.
        beyond: the detectable difference with more than the largest of these, also with infinitely many.
    """
    times = sorted(measured)
    differences = [measured[one] for one in times]
    step = 2 * times[-1]
    while step <= MOST_TIMES:
        times.append(step)
        differences.append(beyond(step))
        step *= 2
    falling = np.minimum.accumulate(differences)
    return Curve(times, falling.tolist(), min(beyond(math.inf), float(falling[-1])))


def freedom(about: Dependence, times: float) -> float:
    """Degrees of freedom with `times` as many cases and the same structures; at least 1."""
    varying = about.structures - about.fixed or math.inf
    return max(1.0, min(about.cases * times, varying) - 1)


def reach(about: Dependence, times: float, alpha: float) -> float:
    """Half the width of the interval at level 1 - alpha, in standard errors, with `times` as many cases."""
    return float(stats.t.ppf(1 - alpha / 2, freedom(about, times)))
