"""What a label map implies for one pair of structures, by the simplest means: comparing and counting voxels.

The code of the questions measures all structures in one pass; none of it is used here.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, Axis, Plane, axis_index, in_plane_axes
from misground.coordinates import plane_slice
from misground.records import Case

Section = NDArray[np.bool_]


@dataclass(frozen=True)
class Along:
    """A pair of structures compared along an axis.

    Attributes:
        twice_greater: 2 #(a > b) + #(a = b) over all pairs of voxels.
        pairs: number of pairs of voxels, n_a n_b.
        delta_mm: centroid of A minus centroid of B in mm.
    """

    twice_greater: int
    pairs: int
    delta_mm: float

    @property
    def p_a_greater(self) -> float:
        """P(a > b), with ties counted half."""
        return self.twice_greater / (2 * self.pairs)

    def sign(self, distance_mm: float) -> int:
        """+1 or -1 if the relation is certain, else 0; in integers, P >= 0.95 is 20 t >= 38 n_a n_b."""
        if 20 * self.twice_greater >= 38 * self.pairs and self.delta_mm >= distance_mm - 1e-6:
            return 1
        if 20 * self.twice_greater <= 2 * self.pairs and self.delta_mm <= -(distance_mm - 1e-6):
            return -1
        return 0


@dataclass
class LabelMap:
    """A case's label map, with a cache of the counts so far."""

    case: Case
    _counts: dict[str, tuple[NDArray[np.int64], ...]] = field(default_factory=dict)

    def value(self, key: str) -> int:
        """The label value of a structure. Raises KeyError if the case does not have it."""
        for place, structure in enumerate(self.case.structures):
            if structure.key == key:
                return place + 1
        raise KeyError(key)

    def counts(self, key: str, axis: Axis) -> NDArray[np.int64]:
        """(n,) number of voxels of a structure at each index along an axis, in the whole volume."""
        if key not in self._counts:
            where = np.nonzero(self.case.labels == self.value(key))
            self._counts[key] = tuple(
                np.bincount(index, minlength=size)
                for index, size in zip(where, self.case.facts.shape, strict=True)
            )
        return self._counts[key][axis_index(axis)]

    def voxels(self, key: str) -> int:
        """The number of voxels of a structure."""
        return int(self.counts(key, "x").sum())

    def extent(self, keys: tuple[str, str], axis: Axis) -> tuple[int, int]:
        """The first and last index along an axis that contain either of two structures."""
        filled = np.flatnonzero(self.counts(keys[0], axis) + self.counts(keys[1], axis))
        return int(filled[0]), int(filled[-1])

    def section(self, key: str, plane: Plane, index: int) -> Section:
        """The mask of a structure in a RAS+ slice."""
        found: Section = np.asarray(plane_slice(self.case.labels, plane, index) == self.value(key))
        return found

    def along(self, keys: tuple[str, str], axis: Axis) -> Along:
        """The pair compared along an axis in the whole volume."""
        a, b = (self.counts(key, axis) for key in keys)
        return compared(a, b, self.case.facts.spacing_mm[axis_index(axis)])

    def along_in_slice(self, keys: tuple[str, str], axis: Axis, plane: Plane, index: int) -> Along:
        """The pair compared along an axis in one slice."""
        other = 1 - in_plane_axes(plane).index(axis)
        a, b = (self.section(key, plane, index).sum(axis=other, dtype=np.int64) for key in keys)
        return compared(a, b, self.case.facts.spacing_mm[axis_index(axis)])

    def true_gap_mm(self, keys: tuple[str, str], axis: Axis) -> float:
        """Centroid of A minus centroid of B along the patient's true axis, in mm."""
        gap = np.array(
            [_mean(self.counts(keys[0], a)) - _mean(self.counts(keys[1], a)) for a in AXES]
        ) * np.array(self.case.facts.spacing_mm)
        return float(gap @ self.case.axes[:, axis_index(axis)])

    def true_gap_in_slice_mm(self, keys: tuple[str, str], axis: Axis, plane: Plane, index: int) -> float:
        """As `true_gap_mm`, within one slice."""
        total = 0.0
        for other in in_plane_axes(plane):
            gap = self.along_in_slice(keys, other, plane, index).delta_mm
            total += gap * float(self.case.axes[axis_index(other), axis_index(axis)])
        return total


def compared(a: NDArray[np.int64], b: NDArray[np.int64], spacing_mm: float) -> Along:
    """Compare two structures by their (n,) voxel counts along an axis; neither may be empty."""
    before = np.cumsum(b) - b
    greater, equal = int(a @ before), int(a @ b)
    return Along(2 * greater + equal, int(a.sum()) * int(b.sum()), (_mean(a) - _mean(b)) * spacing_mm)


def box_centre(section: Section, along: int) -> int:
    """Twice the centre of a section's bounding box along its axis 0 or 1, in voxels."""
    filled = np.flatnonzero(section.any(axis=1 - along))
    return int(filled[0] + filled[-1])


def _mean(counts: NDArray[np.int64]) -> float:
    return int(counts @ np.arange(counts.size)) / int(counts.sum())
