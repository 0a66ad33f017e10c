"""2D candidates, on the slices of a case that show the most certain pairs.

In addition to the relation in the whole volume, the relation must hold within the slice with the same sign;
each structure must be one 8-connected component there, large enough in mm2 and in pixels; and the box centres
must clearly agree with the answer (the last rule is our addition).
"""

import heapq
from typing import Final

import cc3d
import numpy as np
from numpy.typing import NDArray

from misground.anatomy import PLANES, SLICE_AXIS, Axis, Plane, axis_index, in_plane_axes
from misground.coordinates import plane_slice
from misground.questions.candidates import DTYPE, candidate
from misground.questions.measure import Measurements, mean_index
from misground.questions.screen import clear_distance_mm
from misground.questions.truth import THRESHOLDS, Relations, relations
from misground.records import Case

SLICES_PER_PLANE: Final = 12
"""Best slices kept per plane, besides those with a structure that no better slice has (our choice)."""

Row = tuple[int | float, ...]
_Structures = NDArray[np.intp]
_EPSILON_MM2: Final = 1e-6
_SLICES_AT_ONCE: Final = 16


def plan_2d(case: Case, measured: Measurements, asked: dict[Axis, Relations]) -> NDArray[np.void]:
    """The 2D candidates of a case, one row of `DTYPE` each."""
    rows: list[Row] = []
    for plane in PLANES:
        planner = _PlanePlanner(case, measured, asked, plane)
        for rank, (index, pairs) in enumerate(planner.best_slices(SLICES_PER_PLANE)):
            rows += planner.rows(index, rank, pairs)
    return np.array(rows, dtype=DTYPE)


class _PlanePlanner:
    """Finds the best slices of one plane."""

    def __init__(
        self,
        case: Case,
        measured: Measurements,
        asked: dict[Axis, Relations],
        plane: Plane,
    ) -> None:
        self.case, self.asked, self.plane = case, asked, plane
        self.facts, self.thresholds = case.facts, THRESHOLDS[case.facts.region]
        self.across = SLICE_AXIS[plane]
        self.axes = in_plane_axes(plane)
        self.histograms = {axis: measured.slice_histograms(axis, self.across) for axis in self.axes}
        self.extents = {axis: measured.extents(axis, self.across) for axis in self.axes}
        self.clear_mm = clear_distance_mm(case.facts, plane, "2d")
        pixels = self.histograms[self.axes[0]].sum(axis=1, dtype=np.int64)
        pixel_mm2 = float(np.prod([case.facts.spacing_mm[axis_index(axis)] for axis in self.axes]))
        self.large = (pixels >= self.thresholds.pixels) & (
            pixels * pixel_mm2 >= self.thresholds.area_mm2 - _EPSILON_MM2
        )

    def best_slices(self, most: int) -> list[tuple[int, list[tuple[Axis, int, int]]]]:
        """The best slices as (slice, certain pairs as (axis, a, b)), most pairs first.

        There are at most `most` slices, each at least the stack margin from the others, plus any slice with a
        structure that no better slice has, since a structure without a candidate can never be asked about in
        this plane. Counting components is expensive, so it is done only for slices that could still be
        chosen.
        """
        bounds = [(-len(pairs), k, pairs) for k, pairs in enumerate(self._certain_pairs()) if pairs]
        heapq.heapify(bounds)
        counted: set[int] = set()
        best: list[tuple[int, list[tuple[Axis, int, int]]]] = []
        asked: set[int] = set()
        while bounds:
            _, k, pairs = heapq.heappop(bounds)
            adds = not asked.issuperset(s for _, a, b in pairs for s in (a, b))
            if not adds and (len(best) >= most or self._near(k, best)):
                continue
            if k not in counted:
                counted.add(k)
                single = self._single_components(k)
                pairs = [pair for pair in pairs if single[pair[1]] and single[pair[2]]]
                if pairs:
                    heapq.heappush(bounds, (-len(pairs), k, pairs))
                continue
            best.append((k, pairs))
            asked.update(s for _, a, b in pairs for s in (a, b))
        return best

    def _near(self, index: int, others: list[tuple[int, list[tuple[Axis, int, int]]]]) -> bool:
        """Whether a slice lies within the stack margin of one already chosen."""
        reach = self.thresholds.margin_mm / self.facts.spacing_mm[axis_index(self.across)]
        return any(abs(index - other) < reach for other, _ in others)

    def rows(self, index: int, rank: int, pairs: list[tuple[Axis, int, int]]) -> list[Row]:
        """The candidates of one slice."""
        rows: list[Row] = []
        for axis in self.axes:
            present = np.unique(np.array([pair for where, *pair in pairs if where == axis], dtype=np.intp))
            table = self._slice_relations(axis, present, slice(index, index + 1)).only(0)
            place = {int(s): i for i, s in enumerate(present)}
            rows += [
                candidate(
                    self.case, dimension="2d", plane=self.plane, task="in_plane", axis=axis, pair=(a, b),
                    table=table, where=(index, rank), index=(place[a], place[b]),
                )
                for where, a, b in pairs if where == axis
            ]  # fmt: skip
        return rows

    def _certain_pairs(self) -> list[list[tuple[Axis, int, int]]]:
        """For each slice, the pairs that are certain in it and in the volume, before counting components."""
        slices = self.large.shape[1]
        found: list[list[tuple[Axis, int, int]]] = [[] for _ in range(slices)]
        for start in range(0, slices, _SLICES_AT_ONCE):
            part = slice(start, start + _SLICES_AT_ONCE)
            present = np.flatnonzero(self.large[:, part].any(axis=1))
            for axis in self.axes:
                if len(present) > 1 and self.asked[axis].sign[np.ix_(present, present)].any():
                    for k, a, b in np.argwhere(self._certain(axis, present, part)):
                        found[start + k].append((axis, int(present[a]), int(present[b])))
        return found

    def _certain(self, axis: Axis, present: _Structures, part: slice) -> NDArray[np.bool_]:
        """(slices, S, S) which pairs a < b of the `present` structures are certain in a range of slices."""
        large = self.large[present, part].T
        asked = self.asked[axis].sign[np.ix_(present, present)]
        sign = self._slice_relations(axis, present, part).sign
        certain = (sign == asked) & (sign != 0) & large[:, :, None] & large[:, None, :]
        certain &= self._boxes_agree(axis, present, part, sign) & self._patient_agrees(axis, present, part)
        return np.triu(certain, 1)

    def _histogram(self, axis: Axis, present: _Structures, part: slice) -> NDArray[np.unsignedinteger]:
        """(slices, S, n) number of voxels along an axis."""
        return np.moveaxis(self.histograms[axis][present, :, part], 2, 0)

    def _slice_relations(self, axis: Axis, present: _Structures, part: slice) -> Relations:
        """The relations within each slice of a range, (slices, S, S)."""
        histogram = self._histogram(axis, present, part).astype(np.int64)
        return relations(histogram, self.facts.spacing_mm[axis_index(axis)], self.thresholds.distance_mm)

    def _boxes_agree(
        self, axis: Axis, present: _Structures, part: slice, sign: NDArray[np.int8]
    ) -> NDArray[np.bool_]:
        first, last = (edge[present, part].T for edge in self.extents[axis])
        centre_mm = (first + last) / 2 * self.facts.spacing_mm[axis_index(axis)]
        agree: NDArray[np.bool_] = sign * _gaps(centre_mm) >= self.clear_mm
        return agree

    def _patient_agrees(self, axis: Axis, present: _Structures, part: slice) -> NDArray[np.bool_]:
        """Whether centroid differences within the slice keep their sign along the true patient axis."""
        along = axis_index(axis)
        array_mm, true_mm = np.zeros(1), np.zeros(1)
        for other in self.axes:
            row = axis_index(other)
            mean_mm = mean_index(self._histogram(other, present, part)) * self.facts.spacing_mm[row]
            true_mm = true_mm + mean_mm * self.case.axes[row, along]
            if other == axis:
                array_mm = mean_mm
        with np.errstate(invalid="ignore"):
            agree: NDArray[np.bool_] = np.sign(_gaps(array_mm)) == np.sign(_gaps(true_mm))
        return agree

    def _single_components(self, index: int) -> NDArray[np.bool_]:
        """(S,) whether each structure is exactly one 8-connected component in the slice."""
        section = plane_slice(self.case.labels, self.plane, index)
        section = np.ascontiguousarray(section[tuple(self._filled(axis, index) for axis in self.axes)])
        components, count = cc3d.connected_components(section, connectivity=8, return_N=True)
        owners = np.zeros(count + 1, dtype=np.int64)
        owners[components.reshape(-1)] = section.reshape(-1)  # all pixels of a component have the same value
        counts = np.bincount(owners[1:], minlength=len(self.facts.structures) + 1)[1:]
        single: NDArray[np.bool_] = counts == 1
        return single

    def _filled(self, axis: Axis, index: int) -> slice:
        """The range along an axis that contains structures in a slice."""
        first, last = (edge[:, index] for edge in self.extents[axis])
        return slice(int(first[first >= 0].min()), int(last.max()) + 1)


def _gaps(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., S) -> (..., S, S) differences between all positions."""
    return positions[..., :, None] - positions[..., None, :]
