"""The standard error of a mean over questions that hang together.

Two questions hang together where they share the case, since they show the same body, or a structure, since a
model that misplaces one structure misplaces it wherever it is asked. Groups of both kinds are left out one at
a time (the jackknife); the differences between the means of the rest give the variance.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

TINY: Final = 1e-12
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

    def only(self, kept: NDArray[np.bool_] | Indices) -> Self:
        """The groups of some questions: `kept` is (n,) true or false, or the positions of the questions."""
        return type(self)(self.cases[kept], self.structures[kept], self.items[kept])


@dataclass(frozen=True)
class Parts:
    """What the variance of a mean is made of; each part but the last can come out negative.

    Attributes:
        cases: what questions of one case share.
        structures: what questions about one structure share.
        items: what single items vary by themselves.
        asks: structures per item that vary: how often the variance by structure counts a single item.
    """

    cases: float
    structures: float
    items: float
    asks: float

    def variance(self, cases: float = 1.0, structures: float = 1.0, items: float = 1.0) -> float:
        """The variance with multiples of the cases, the structures and the items.

        The sum, but never below the variance by case alone or by structure alone.
        """
        by_case, by_structure, by_item = self.cases / cases, self.structures / structures, self.items / items
        alone = (by_case + by_item, by_structure + self.asks * by_item)
        return max(0.0, by_case + by_structure + by_item, *alone)


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
        fixed: number of structures that every question asks about. They do not vary, so the error is for
            these very structures.
        parts: what the variance is made of; None without an error.
    """

    error: float | None
    freedom: int
    cases: int
    structures: int
    items: int
    reason: str | None = None
    fixed: int = 0
    parts: Parts | None = None


def dependence(values: Floats, groups: Groups, side: NDArray[np.bool_] | None = None) -> Dependence:
    """The standard error of a mean, or of a difference of means, robust to shared cases and structures.

    For each kind of group, the variance is (G-1)/G times the sum of squares of what leaving out a group
    changes (the jackknife; "CV3" of MacKinnon, Nielsen and Webb 2023). Leaving out a structure leaves out
    every question about it: with two, a question is in two groups (dyads; Aronow, Samii and Assenova 2015).
    The two variances are added, less what both count of the single items (inclusion and exclusion: Cameron,
    Gelbach and Miller 2011), but the result is never below either. This floor and the jackknife for dyads are
    ours: with ten structures, sums of residuals would give a variance a third too small.

    Args:
        values: (n,) one value per question.
        groups: what the questions belong to.
        side: (n,) whether a question is on side B; then it is the error of the mean of B minus that of A.
    """
    sides = np.zeros(len(values), dtype=bool) if side is None else side
    ids = [_dense(found) for found in (groups.cases, groups.structures, groups.items)]
    cases, structures, items = (int(found.max(initial=NONE)) + 1 for found in ids)
    fixed = _in_every(ids[1], structures)
    ids[1] = _dense(np.where(np.isin(ids[1], fixed), NONE, ids[1]))
    varying = structures - len(fixed)
    freedom = (min(cases, varying) if varying else cases) - 1
    error, parts, reason = None, None, _no_sides(sides, side is not None)
    if reason is None:
        by_case, by_structure, by_item = (_changes(values, sides, found) for found in ids)
        if by_case is None:
            reason = "one case"
        elif by_structure is None:
            reason = "one structure in every question of a side"
        elif by_item is None:
            reason = "one item on a side"
        elif all(np.ptp(values[sides == one]) == 0 for one in np.unique(sides)):
            reason = "all alike"
        else:
            single, shared = _variance(by_item), _variance(by_item, _asks(ids[1], ids[2]))
            whole = (_variance(by_case), _variance(by_structure))
            error = math.sqrt(max(sum(whole) - shared, *whole))
            asks = shared / single if single else 0.0
            parts = Parts(whole[0] - single, whole[1] - shared, single, asks)
            if error < TINY:
                error, parts, reason = None, None, "all cases alike"
    return Dependence(error, max(freedom, 0), cases, structures, items, reason, len(fixed), parts)


def _asks(structures: Indices, items: Indices) -> Floats:
    """The mean number of structures that the questions of each item ask about."""
    asked = np.bincount(items, weights=(structures != NONE).sum(axis=1))
    return np.asarray(asked / np.bincount(items), dtype=np.float64)


def _in_every(structures: Indices, count: int) -> Indices:
    """The structures that every question asks about, at most two."""
    rows = len(structures)
    same = structures[:, 0] == structures[:, 1] if rows else np.zeros(0, dtype=bool)
    asked = np.bincount(structures[structures[:, 0] != NONE, 0], minlength=count)
    asked = asked + np.bincount(structures[(structures[:, 1] != NONE) & ~same, 1], minlength=count)
    return np.flatnonzero(asked == rows) if rows else np.zeros(0, dtype=np.int64)


def _no_sides(side: NDArray[np.bool_], two: bool) -> str | None:
    if not len(side):
        return "no questions"
    return "questions on one side alone" if two and side.all() == side.any() else None


def _dense(ids: Indices) -> Indices:
    """The same groups as integers from 0; `NONE` stays."""
    known = ids != NONE
    dense = np.full(ids.shape, NONE, dtype=np.int64)
    dense[known] = np.unique(ids[known], return_inverse=True)[1]
    return dense


def _changes(values: Floats, side: NDArray[np.bool_], groups: Indices) -> Floats | None:
    """What leaving out each group changes in the mean, or in B's mean less A's.

    Args:
        values: (n,) the values.
        side: (n,) whether each is on side B; all alike for a mean.
        groups: (n,) or (n, m) the groups of each, integers from 0 or `NONE`; twice the same counts once.

    Returns:
        (groups,) the changes; None if a group holds every question of a side.
    """
    groups = groups.reshape(len(values), -1)
    count = int(groups.max(initial=NONE)) + 1
    changes = np.zeros(count)
    for one in np.unique(side):
        mine, members = values[side == one], groups[side == one]
        sums, sizes = np.zeros(count), np.zeros(count)
        for at in range(members.shape[1]):
            group = members[:, at]
            new = (group != NONE) & (members[:, :at] != group[:, None]).all(axis=1)
            sums += np.bincount(group[new], weights=mine[new], minlength=count)
            sizes += np.bincount(group[new], minlength=count)
        left = len(mine) - sizes
        if (left == 0).any():
            return None
        changes += (1 if one else -1) * ((mine.sum() - sums) / left - mine.mean())
    return changes


def _variance(changes: Floats, weights: Floats | None = None) -> float:
    """The jackknife's variance; `weights`: how often each group counts, once if None."""
    count = len(changes)
    squares = np.square(changes) * (1.0 if weights is None else weights)
    return float((count - 1) / count * squares.sum()) if count else 0.0
