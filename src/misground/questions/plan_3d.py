"""Candidates that are asked on a stack: in_plane and cross_slice.

Beside a certain relation, each structure needs enough voxels and must show in enough frames of the pair's
stack, and what is on the screen must not say otherwise: no frame that shows both has their box centres in the
other order, and the mean over frames of box centres (in_plane) or of frames (cross_slice) stands with the
answer, clearly (the last rule is ours: with marks on a blank canvas nothing else tells the answer).
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, PLANES, SLICE_AXIS, Axis, Plane, axis_index, in_plane_axes
from misground.questions.candidates import DTYPE, CaseFacts, candidate
from misground.questions.measure import Measurements
from misground.questions.screen import clear_distance_mm
from misground.questions.stacks import stack_slices
from misground.questions.truth import Relations


def plan_3d(facts: CaseFacts, measured: Measurements, asked: dict[Axis, Relations]) -> NDArray[np.void]:
    """All 3D candidates of a case, one row of `DTYPE` each."""
    enough = measured.voxels() >= facts.thresholds.voxels
    related = np.any([asked[axis].sign != 0 for axis in AXES], axis=0)
    pairs = [
        (a, b)
        for a, b in combinations(range(len(facts.names)), 2)
        if related[a, b] and enough[a] and enough[b]
    ]
    rows = [row for plane in PLANES for row in _plan_plane(facts, measured, asked, plane, pairs)]
    return np.array(rows, dtype=DTYPE)


def _plan_plane(
    facts: CaseFacts,
    measured: Measurements,
    asked: dict[Axis, Relations],
    plane: Plane,
    pairs: list[tuple[int, int]],
) -> Iterator[tuple[int | float, ...]]:
    across = SLICE_AXIS[plane]
    slices, spacing = facts.shape[axis_index(across)], facts.spacing_mm[axis_index(across)]
    margin = facts.thresholds.margin_mm
    clear = clear_distance_mm(facts, plane, "3d")
    extents = {axis: measured.extents(axis, across) for axis in in_plane_axes(plane)}
    # Twice the box centre of every structure in every slice, in voxels; meaningless where it does not show.
    centres = {axis: first + last for axis, (first, last) in extents.items()}
    shows = extents[in_plane_axes(plane)[0]][0] >= 0
    first_slice = shows.argmax(axis=1)
    last_slice = slices - 1 - shows[:, ::-1].argmax(axis=1)

    for a, b in pairs:
        lo = int(min(first_slice[a], first_slice[b]))
        hi = int(max(last_slice[a], last_slice[b]))
        frames = np.array(stack_slices(lo, hi, spacing, margin, slices), dtype=np.intp)
        in_a, in_b = shows[a, frames], shows[b, frames]
        if min(in_a.sum(), in_b.sum()) < facts.thresholds.frames:
            continue
        both = in_a & in_b
        shared = int(both.sum())
        for axis in in_plane_axes(plane):
            sign = int(asked[axis].sign[a, b])
            if sign == 0:
                continue
            centre_a, centre_b = centres[axis][a, frames], centres[axis][b, frames]
            if np.any(sign * (centre_a - centre_b)[both] < 0):
                continue
            mean_gap = (centre_a[in_a].mean() - centre_b[in_b].mean()) / 2
            if sign * mean_gap * facts.spacing_mm[axis_index(axis)] >= clear:
                yield candidate(
                    facts, dimension="3d", plane=plane, task="in_plane", axis=axis, pair=(a, b),
                    table=asked[axis], shared=shared,
                )  # fmt: skip
        sign = int(asked[across].sign[a, b])
        positions = np.arange(len(frames))
        if sign and sign * (positions[in_a].mean() - positions[in_b].mean()) > 0:
            yield candidate(
                facts, dimension="3d", plane=plane, task="cross_slice", axis=across, pair=(a, b),
                table=asked[across], shared=shared,
            )  # fmt: skip
