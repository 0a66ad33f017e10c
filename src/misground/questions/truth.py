"""The rule for spatial relations that are certain enough to be asked (ours; the paper's is unpublished).

A relation between A and B along an axis holds if P(a > b), with ties counted half, over all pairs of a voxel
of A and a voxel of B is at least 0.95 or at most 0.05, and the centroids differ with the same sign by at
least a minimum distance in mm. The comparison of P uses integers, so it is the same on every machine.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.questions.measure import Counts, mean_index
from misground.records import Region

_EPSILON_MM: Final = 1e-6
_EXACT_FLOATS: Final = 2**51
"""Up to this number of voxel pairs, twice the number and every intermediate sum are exact in float64."""


@dataclass(frozen=True)
class Thresholds:
    """The minima for a relation, a stack and a slice in a region of the body.

    Attributes:
        distance_mm: distance between centroids.
        margin_mm: extent of a stack beyond the asked structures.
        area_mm2: area of each structure in a slice.
        voxels: voxels of each structure in a stack.
        frames: frames of a stack that show each structure.
        pixels: native pixels of each structure in a slice.
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
MOST_COUNTED: Final = max(least.voxels for least in THRESHOLDS.values())
"""Up to this number, the voxels of a structure in a slice are counted in plans; no rule asks for more."""


@dataclass(frozen=True)
class Relations:
    """All relations between S structures along one axis, for one histogram or for many at once.

    Attributes:
        sign: (..., S, S) int8, +1 if a is certainly at larger indices than b, -1 if at smaller ones, 0 if
            uncertain.
        p_a_greater: (..., S, S) P(a > b).
        delta_mm: (..., S, S) centroid of a minus centroid of b in mm.
    """

    sign: NDArray[np.int8]
    p_a_greater: NDArray[np.float64]
    delta_mm: NDArray[np.float64]

    def only(self, index: int) -> "Relations":
        """The relations of one of several histograms."""
        return Relations(self.sign[index], self.p_a_greater[index], self.delta_mm[index])


def relations(histogram: Counts, spacing_mm: float, distance_mm: float) -> Relations:
    """The relations along one axis.

    Args:
        histogram: (..., S, n) voxel counts; relations of an absent structure are uncertain.
        spacing_mm: voxel size along the axis in mm.
        distance_mm: smallest distance between centroids in mm.
    """
    sizes = histogram.sum(axis=-1, dtype=np.int64)
    pairs = sizes[..., :, None] * sizes[..., None, :]
    twice = _twice_greater(histogram, exact_floats=pairs.max(initial=0) < _EXACT_FLOATS)
    # For structures of 10^8 voxels, 20 times these numbers overflows int64, so Python integers are used.
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
    """(..., S, S) 2 #(a > b) + #(a = b), which is 2 n_a n_b times P.

    exact_floats: all sums are exact in float64, whose matrix products are much faster.
    """
    counts = histogram.astype(np.float64) if exact_floats else histogram
    up_to = np.cumsum(counts, axis=-1)
    twice: Counts = (counts @ (2 * up_to - counts).swapaxes(-1, -2)).astype(np.int64)
    return twice


def faces_cut_end(sign: NDArray[np.int8], histogram: Counts) -> NDArray[np.bool_]:
    """Whether a structure of a pair is cut by the end of the scan on the side that faces the other.

    Such a relation may hold only because the scan ends there: a muscle that the top of a scan cuts lies below
    an organ of that scan, but not below it in the patient.

    Args:
        sign: (S, S) signs of relations along an axis.
        histogram: (S, n) voxel counts along the axis; a structure in the first or last slice is cut there.
    """
    at_first, at_last = histogram[:, 0] > 0, histogram[:, -1] > 0
    higher_is_cut = at_first[:, None] | at_last[None, :]
    lower_is_cut = at_last[:, None] | at_first[None, :]
    cut: NDArray[np.bool_] = np.where(sign > 0, higher_is_cut, lower_is_cut) & (sign != 0)
    return cut


def agrees_with_patient(
    centroids_mm: NDArray[np.float64], axes: NDArray[np.float64], axis: int
) -> NDArray[np.bool_]:
    """Whether centroid differences along an array axis keep their sign along the true patient axis.

    Args:
        centroids_mm: (S, 3) centroids along the RAS+ array axes in mm.
        axes: (3, 3), row i is the direction of array axis i in the patient.
        axis: index of the axis.

    Returns:
        (S, S) booleans.
    """
    true_mm = centroids_mm @ axes[:, axis]
    along_array = np.subtract.outer(centroids_mm[:, axis], centroids_mm[:, axis])
    along_patient = np.subtract.outer(true_mm, true_mm)
    with np.errstate(invalid="ignore"):
        agrees: NDArray[np.bool_] = np.sign(along_array) == np.sign(along_patient)
    return agrees
