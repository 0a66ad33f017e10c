"""Pairs of voxels a few millimetres apart, on a coarse grid over a scan and its label map.

The grid is symmetric: a mirrored scan is sampled by mirroring the sample, so that all mirrorings together
cost one pass over the scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.records import Case, Region

Floats = NDArray[np.float32]
Labels = NDArray[np.unsignedinteger]

REACH_MM: Final[dict[Region, float]] = {"torso": 4.0, "knee": 1.5}
"""Distance of the two voxels of a pair: wider than a blurred border, narrower than most structures."""
POINTS: Final = 40_000
"""About how many pairs are taken along each axis."""
_FEWEST: Final = 8


@dataclass(frozen=True)
class Pairs:
    """Pairs of voxels along one axis; each array is (I, J, K).

    Attributes:
        first: intensity of the pair's voxel with the smaller index.
        second: intensity of the other one.
        label: label of the first voxel, 0 for background.
        other: label of the second.
    """

    first: Floats
    second: Floats
    label: Labels
    other: Labels

    @cached_property
    def border(self) -> NDArray[np.bool_]:
        """Whether a border between two labels, or a label and background, runs through the pair."""
        found: NDArray[np.bool_] = self.label != self.other
        return found

    @cached_property
    def inner(self) -> NDArray[np.bool_]:
        """Whether both voxels belong to the same structure."""
        found: NDArray[np.bool_] = (self.label == self.other) & (self.label > 0)
        return found

    @cached_property
    def steps(self) -> Floats:
        """Absolute difference of the intensities of each pair."""
        found: Floats = np.abs(self.second - self.first)
        return found


@dataclass(frozen=True)
class Sample:
    """Pairs along x, y and z of a case, and the points of the first grid.

    Attributes:
        pairs: one `Pairs` for each axis.
    """

    pairs: tuple[Pairs, Pairs, Pairs]

    @property
    def values(self) -> Floats:
        """(I, J, K) intensities of single voxels."""
        return self.pairs[0].first

    @property
    def labels(self) -> Labels:
        """(I, J, K) labels of the same voxels."""
        return self.pairs[0].label

    def mirrored(self, axes: Sequence[int]) -> Floats:
        """(I, J, K) intensities at the same places of a scan that is mirrored along these array axes."""
        pairs = self.pairs[0]
        turned: Floats = np.flip(pairs.second if 0 in axes else pairs.first, tuple(axes))
        return turned

    def medians(self, structures: int, fewest: int = 5) -> NDArray[np.float64]:
        """(structures,) median intensity of each structure; NaN where fewer than `fewest` points show it.

        Points of all three grids count, so that small structures have some.
        """
        labels = np.concatenate([p.label.ravel() for p in self.pairs])
        shown = np.flatnonzero(labels)
        labels = labels[shown]
        values = np.concatenate([p.first.ravel() for p in self.pairs])[shown]
        order = np.argsort(labels, kind="stable")
        values = values[order]
        ends = np.searchsorted(labels[order], np.arange(1, structures + 2))
        medians = np.full(structures, np.nan)
        for i, (start, stop) in enumerate(pairwise(ends)):
            if stop - start >= fewest:
                medians[i] = np.median(values[start:stop])
        return medians


def take_sample(case: Case) -> Sample:
    """Sample a case; about 3 x POINTS pairs, whatever the size of the scan."""
    shape = case.scan.shape
    density = (POINTS / case.scan.size) ** (1 / 3)
    wanted = [max(_FEWEST, round(density * n)) for n in shape]
    reach = REACH_MM[case.facts.region]
    taken = []
    for axis, side in enumerate(case.facts.spacing_mm):
        step = min(max(1, round(reach / side)), shape[axis] - 1)
        near, far = [], []
        for i, n in enumerate(shape):
            away = step if i == axis else 0
            first, last, stride = _symmetric(n - away, wanted[i])
            near.append(slice(first, last + 1, stride))
            far.append(slice(first + away, last + away + 1, stride))
        taken.append(_pairs(case, tuple(near), tuple(far)))
    return Sample((taken[0], taken[1], taken[2]))


def _pairs(case: Case, near: tuple[slice, ...], far: tuple[slice, ...]) -> Pairs:
    return Pairs(
        first=case.scan[near].astype(np.float32),
        second=case.scan[far].astype(np.float32),
        label=np.ascontiguousarray(case.labels[near]),
        other=np.ascontiguousarray(case.labels[far]),
    )


def _symmetric(room: int, wanted: int) -> tuple[int, int, int]:
    """First and last index and stride of about `wanted` indices that mirror each other in [0, room)."""
    stride = max(1, round(room / wanted))
    stride -= 1 - stride % 2  # of an odd stride, either an odd or an even number of steps fits the middle
    steps = (room - 1) // stride
    if (room - 1 - steps * stride) % 2:
        steps -= 1
    first = (room - 1 - steps * stride) // 2
    return first, first + steps * stride, stride
