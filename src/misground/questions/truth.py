"""When a spatial relation is certain enough to be asked (ours; the paper does not publish its rule).

A relation of A to B along an axis holds when P(a > b), ties counted half, over all pairs of a voxel of A
and a voxel of B is at least 0.95 or at most 0.05, and the centroids differ, with the same sign, by at
least a distance in millimetres. P is decided in integers, so that no rounding depends on the machine.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.questions.measure import Counts, mean_index
from misground.records import Region

_EPSILON_MM: Final = 1e-6
_EXACT_FLOATS: Final = 2**51
"""Pairs of voxels up to which twice their number, and every sum on the way, is exact in float64."""


@dataclass(frozen=True)
class Thresholds:
    """What a relation, a stack and a slice must reach, by region of the body.

    distance_mm: between centroids. margin_mm: how far a stack goes beyond the asked structures.
    voxels, frames: of each structure in a stack. area_mm2, pixels: of each structure in a slice.
    """

    distance_mm: float
    margin_mm: float
    area_mm2: float
    voxels: int = 30
    frames: int = 3
    pixels: int = 30


THRESHOLDS: Final[dict[Region, Thresholds]] = {
    "torso": Thresholds(distance_mm=10.0, margin_mm=10.0, area_mm2=60.0),
    "knee": Thresholds(distance_mm=3.0, margin_mm=3.0, area_mm2=15.0),
}
MAX_FRAMES: Final = 32


@dataclass(frozen=True)
class Relations:
    """Every relation between S structures along one axis, for one histogram or for many at once.

    sign: (..., S, S) int8, +1 where a lies certainly at larger indices than b, -1 at smaller ones, 0
    uncertain. p_a_greater: (..., S, S). delta_mm: (..., S, S) centroid of a minus centroid of b.
    """

    sign: NDArray[np.int8]
    p_a_greater: NDArray[np.float64]
    delta_mm: NDArray[np.float64]

    def only(self, index: int) -> "Relations":
        """Those of one of many histograms."""
        return Relations(self.sign[index], self.p_a_greater[index], self.delta_mm[index])


def relations(histogram: Counts, spacing_mm: float, distance_mm: float) -> Relations:
    """Relations along one axis from (..., S, n) voxel counts; uncertain where a structure is absent."""
    sizes = histogram.sum(axis=-1, dtype=np.int64)
    pairs = sizes[..., :, None] * sizes[..., None, :]
    twice = _twice_greater(histogram, exact_floats=pairs.max(initial=0) < _EXACT_FLOATS)
    # 20 times these numbers would leave int64 for structures of 10^8 voxels: Python integers there.
    exact = (twice.astype(object), pairs.astype(object)) if pairs.max(initial=0) > 2**56 else (twice, pairs)
    above = np.asarray(20 * exact[0] >= 38 * exact[1], dtype=bool)
    below = np.asarray(20 * exact[0] <= 2 * exact[1], dtype=bool)

    mean_mm = mean_index(histogram) * spacing_mm
    delta_mm = mean_mm[..., :, None] - mean_mm[..., None, :]
    far = distance_mm - _EPSILON_MM
    with np.errstate(invalid="ignore"):
        sign = (above & (delta_mm >= far)).astype(np.int8) - (below & (delta_mm <= -far)).astype(np.int8)
    sign[pairs == 0] = 0
    p = np.divide(twice, 2 * pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
    return Relations(sign=sign, p_a_greater=p, delta_mm=delta_mm)


def _twice_greater(histogram: Counts, *, exact_floats: bool) -> Counts:
    """(..., S, S) 2 #(a > b) + #(a = b), of which P is the share of 2 n_a n_b.

    exact_floats: no sum leaves the whole numbers that float64 holds, and their products are far faster.
    """
    counts = histogram.astype(np.float64) if exact_floats else histogram
    up_to = np.cumsum(counts, axis=-1)
    twice: Counts = (counts @ (2 * up_to - counts).swapaxes(-1, -2)).astype(np.int64)
    return twice


def agrees_with_patient(
    centroids_mm: NDArray[np.float64], axes: NDArray[np.float64], axis: int
) -> NDArray[np.bool_]:
    """(S, S) whether centroid differences along an array axis keep their sign along the true patient axis.

    centroids_mm: (S, 3) along the RAS+ array axes; axes: (3, 3), row i the direction of array axis i.
    """
    true_mm = centroids_mm @ axes[:, axis]
    along_array = np.subtract.outer(centroids_mm[:, axis], centroids_mm[:, axis])
    along_patient = np.subtract.outer(true_mm, true_mm)
    with np.errstate(invalid="ignore"):
        agrees: NDArray[np.bool_] = np.sign(along_array) == np.sign(along_patient)
    return agrees
