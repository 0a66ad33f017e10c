"""Do the borders of the labels show in the scan? As it is, and after each mirroring.

A border shows if intensities differ more across it than inside structures. The measure is the probability
that a pair of voxels with a border between them differs more than a pair within one structure: 0.5 means that
the scan knows nothing of the labels, 1 that every border is a sharp edge. It depends only on the order of
differences, so neither units nor contrast matter, and it works for CT and MRI.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, Axis, axis_index
from misground.volumes.picture_check.sampling import Floats, Sample

FLIPS: Final[tuple[tuple[Axis, ...], ...]] = tuple(f for n in (1, 2, 3) for f in combinations(AXES, n))
MOST_COMPARED: Final = 4000
"""Pairs of each kind that are compared; more hardly change the measure."""


@dataclass(frozen=True)
class Borders:
    """How well the borders of the labels show in a scan.

    Attributes:
        as_is: the measure as the scan lies, 0.5 to 1 (chance to perfect); NaN if there are no pairs.
        mirrored: the same after mirroring the scan along these axes.
        border_pairs: compared pairs across a border.
        inner_pairs: compared pairs within a structure.
        error: standard error of the measure, twice that of independent pairs, since neighbours are alike.
    """

    as_is: float
    mirrored: dict[tuple[Axis, ...], float]
    border_pairs: int
    inner_pairs: int
    error: float

    @property
    def best_flip(self) -> tuple[Axis, ...]:
        """The mirroring after which the borders show best."""
        return max(self.mirrored, key=lambda axes: self.mirrored[axes])


def compare_borders(sample: Sample) -> Borders:
    """Compute the measure of `Borders` for a sample."""
    border = [pairs.border for pairs in sample.pairs]
    inner = [pairs.inner for pairs in sample.pairs]
    count_border, count_inner = (sum(int(m.sum()) for m in masks) for masks in (border, inner))
    if not count_border or not count_inner:
        return Borders(math.nan, {}, count_border, count_inner, math.nan)
    places = [[_spread(np.flatnonzero(m), n) for m in masks] for masks, n in
              ((border, count_border), (inner, count_inner))]  # fmt: skip
    steps = [pairs.steps for pairs in sample.pairs]
    shares = {axes: _share(steps, places, axes) for axes in ((), *FLIPS)}
    compared = [sum(map(len, one)) for one in places]
    error = 2 * math.sqrt((sum(compared) + 1) / (12 * compared[0] * compared[1]))
    as_is = shares.pop(())
    return Borders(as_is, shares, compared[0], compared[1], error)


def _spread(places: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """At most about MOST_COMPARED of `count` places in all, evenly spread; at least one of each axis."""
    return places[:: math.ceil(count / MOST_COMPARED)]


def _share(steps: list[Floats], places: list[list[NDArray[np.intp]]], axes: tuple[Axis, ...]) -> float:
    turned = [_mirrored(of_axis, axes) for of_axis in steps]
    across, within = (
        np.concatenate([of_axis.reshape(-1)[where] for of_axis, where in zip(turned, one, strict=True)])
        for one in places
    )
    return exceeds(across, within)


def _mirrored(values: Floats, axes: tuple[Axis, ...]) -> Floats:
    turned: Floats = np.ascontiguousarray(np.flip(values, tuple(axis_index(axis) for axis in axes)))
    return turned


def exceeds(a: Floats, b: Floats) -> float:
    """The probability that a value of `a` exceeds one of `b`, ties counted half."""
    ordered = np.sort(b)
    below = np.searchsorted(ordered, a, "left") + np.searchsorted(ordered, a, "right")
    return float(below.mean() / 2 / len(ordered))
