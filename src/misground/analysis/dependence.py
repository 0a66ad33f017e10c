"""The standard error of a mean over questions that hang together.

Two questions hang together where they share the case, since they show the same body, or a structure, since a
model that misplaces one structure misplaces it wherever it is asked. Groups of both kinds are left out one at
a time (the jackknife); the differences between the means of the rest give the variance.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

NONE: Final = -1
"""Stands for a structure where a question asks about none, or about one."""


@dataclass(frozen=True)
class Groups:
    """What each question belongs to.

    Attributes:
        cases: (n,) ids of the cases, any integers.
        structures: (n, 2) ids of the structures asked about, integers from 0; `NONE` where there is none.
        items: (n,) ids of the items, any integers; the wordings of an item count as one observation.
    """

    cases: Indices
    structures: Indices
    items: Indices

    @classmethod
    def of_cases(cls, cases: Indices) -> Self:
        """Groups of questions that share nothing but their case, each an item of its own."""
        return cls(cases, np.full((len(cases), 2), NONE), np.arange(len(cases)))

    def __len__(self) -> int:
        return len(self.cases)


@dataclass(frozen=True)
class Dependence:
    """How sure the mean over some questions is.

    Attributes:
        error: standard error of the mean; None where it cannot be estimated.
        freedom: degrees of freedom: the smaller number of cases and of structures, less one.
        cases: number of cases.
        structures: number of structures asked about; 0 if there are none.
        items: number of items.
        reason: why there is no standard error; None if there is one.
    """

    error: float | None
    freedom: int
    cases: int
    structures: int
    items: int
    reason: str | None = None


def dependence(values: Floats, groups: Groups) -> Dependence:
    """The standard error of the mean of `values`, robust to shared cases and to shared structures.

    For each kind of group, the variance is (G-1)/G times the sum of squares of what leaving out a group
    changes in the mean (the jackknife; "CV3" of MacKinnon, Nielsen and Webb 2023). Leaving out a structure
    leaves out every question about it, so a question with two structures is in two groups (such dyads: Aronow,
    Samii, Assenova 2015). The two variances are added, less what both count of the single items (inclusion and
    exclusion: Cameron, Gelbach and Miller 2011), but the result is never below either: this floor, and the
    jackknife for dyads, are ours. With ten structures, sums of residuals would give a variance a third too
    small.

    Args:
        values: (n,) one value per question.
        groups: what the questions belong to.
    """
    cases, structures, items = (_dense(ids) for ids in (groups.cases, groups.structures, groups.items))
    count = [int(ids.max(initial=NONE)) + 1 for ids in (cases, structures, items)]

    def told(error: float | None, reason: str | None = None) -> Dependence:
        least = min(count[0], count[1]) if count[1] else count[0]
        return Dependence(error, max(least - 1, 0), count[0], count[1], count[2], reason)

    if not len(values):
        return told(None, "no questions")
    by_case = _changes(values, cases[:, None], count[0])
    by_structure = _changes(values, structures, count[1]) if count[1] else np.zeros(0)
    if by_case is None:
        return told(None, "one case")
    if by_structure is None:
        return told(None, "one structure in every question")
    if np.ptp(values) == 0:
        return told(None, "all alike")
    asks = np.bincount(items, weights=(structures != NONE).sum(axis=1)) > 0
    by_item = _changes(values, items[:, None], count[2])
    assert by_item is not None  # there is more than one case
    case, structure = _variance(by_case), _variance(by_structure)
    shared = _variance(by_item, asks) * 2 if count[1] else 0.0
    return told(float(np.sqrt(max(case + structure - shared, case, structure))))


def _dense(ids: Indices) -> Indices:
    """The same groups as integers from 0; `NONE` stays."""
    known = ids != NONE
    dense = np.full(ids.shape, NONE, dtype=np.int64)
    dense[known] = np.unique(ids[known], return_inverse=True)[1]
    return dense


def _changes(values: Floats, groups: Indices, count: int) -> Floats | None:
    """What leaving out each group changes in the mean; None if a group holds every question.

    Args:
        values: (n,) the values.
        groups: (n, m) the groups of each, integers from 0 or `NONE`; twice the same counts once.
        count: number of groups.
    """
    sums, sizes = np.zeros(count), np.zeros(count)
    for at in range(groups.shape[1]):
        mine = groups[:, at]
        new = (mine != NONE) & (groups[:, :at] != mine[:, None]).all(axis=1)
        sums += np.bincount(mine[new], weights=values[new], minlength=count)
        sizes += np.bincount(mine[new], minlength=count)
    left = len(values) - sizes
    if (left == 0).any():
        return None
    return np.asarray((values.sum() - sums) / left - values.mean())


def _variance(changes: Floats, which: NDArray[np.bool_] | None = None) -> float:
    """The jackknife's variance; `which`: of these groups alone, among all."""
    count = len(changes)
    chosen = changes if which is None else changes[which]
    return float((count - 1) / count * np.square(chosen).sum()) if count else 0.0
