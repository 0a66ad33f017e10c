"""3D candidates, asked on a stack: in_plane and cross_slice.

In addition to a certain relation, each structure must have enough voxels and be visible in enough frames of
the pair's stack. The screen must not contradict the answer: no frame that shows both may have their box
centres in the opposite order, and the mean over frames of the box centres (in_plane) or of the frame numbers
(cross_slice) must clearly agree with the answer. The last rule is our addition, since with marks on a blank
canvas nothing else determines the answer.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, PLANES, SLICE_AXIS, Axis, Plane, axis_index, in_plane_axes
from misground.questions.candidates import DTYPE, candidate
from misground.questions.measure import Measurements
from misground.questions.ranges import share_a_half
from misground.questions.screen import clear_distance_mm
from misground.questions.stacks import stack_slices
from misground.questions.truth import MAX_FRAMES, MOST_COUNTED, THRESHOLDS, Relations
from misground.records import Case, Task


def plan_3d(case: Case, measured: Measurements, asked: dict[Axis, Relations]) -> NDArray[np.void]:
    """All 3D candidates of a case, one row of `DTYPE` each."""
    enough = measured.voxels() >= THRESHOLDS[case.facts.region].voxels
    related = np.any([asked[axis].sign != 0 for axis in AXES], axis=0)
    pairs = [
        (a, b)
        for a, b in combinations(range(len(case.structures)), 2)
        if related[a, b] and enough[a] and enough[b]
    ]
    rows = [row for plane in PLANES for row in _plan_plane(case, measured, asked, plane, pairs)]
    return np.array(rows, dtype=DTYPE)


def _plan_plane(
    case: Case,
    measured: Measurements,
    asked: dict[Axis, Relations],
    plane: Plane,
    pairs: list[tuple[int, int]],
) -> Iterator[tuple[int | float, ...]]:
    """All pairs at once: arrays are (pairs,), or (pairs, frames) over the frames of each pair's stack."""
    if not pairs:
        return
    a, b = np.array(pairs, dtype=np.intp).T
    across, in_plane = SLICE_AXIS[plane], in_plane_axes(plane)
    extents = {axis: measured.extents(axis, across) for axis in in_plane}
    shows = extents[in_plane[0]][0] >= 0
    frames, used = _stacks(case, across, shows, a, b)
    in_a, in_b = shows[a[:, None], frames] & used, shows[b[:, None], frames] & used
    both = in_a & in_b
    enough = np.minimum(in_a.sum(axis=1), in_b.sum(axis=1)) >= THRESHOLDS[case.facts.region].frames

    signs = {axis: asked[axis].sign[a, b] * enough for axis in AXES}
    asked_tasks: list[tuple[Task, Axis, NDArray[np.bool_]]] = []
    for axis in in_plane:
        # Twice the box centre of each structure in each frame, in voxels; meaningless if it is absent.
        first, last = extents[axis]
        centre_a, centre_b = (first + last)[a[:, None], frames], (first + last)[b[:, None], frames]
        crossed = ((signs[axis][:, None] * (centre_a - centre_b) < 0) & both).any(axis=1)
        gap_mm = (_mean(centre_a, in_a) - _mean(centre_b, in_b)) / 2 * case.facts.spacing_mm[axis_index(axis)]
        clear = signs[axis] * gap_mm >= clear_distance_mm(case.facts, plane, "3d")
        asked_tasks.append(("in_plane", axis, (signs[axis] != 0) & ~crossed & clear))
    places = np.broadcast_to(np.arange(frames.shape[1]), frames.shape)
    stands = signs[across] * (_mean(places, in_a) - _mean(places, in_b)) > 0
    asked_tasks.append(("cross_slice", across, stands))

    ends = np.stack((frames[:, 0], np.where(used, frames, 0).max(axis=1)), axis=1)
    counts = measured.counted(across, MOST_COUNTED)[np.stack((a, b))]
    halves = share_a_half(ends, counts, signs[across], THRESHOLDS[case.facts.region])
    for place in np.flatnonzero(np.any([wanted for _, _, wanted in asked_tasks], axis=0)):
        for task, axis, wanted in asked_tasks:
            if wanted[place]:
                yield candidate(
                    case, dimension="3d", plane=plane, task=task, axis=axis, pair=pairs[place],
                    table=asked[axis], halves=task != "cross_slice" or bool(halves[place]),
                )  # fmt: skip


def _stacks(
    case: Case, across: Axis, shows: NDArray[np.bool_], a: NDArray[np.intp], b: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """(pairs, 32) the slices of each pair's stack, and which of the 32 are used."""
    slices, spacing = case.facts.shape[axis_index(across)], case.facts.spacing_mm[axis_index(across)]
    first, last = shows.argmax(axis=1), slices - 1 - shows[:, ::-1].argmax(axis=1)
    ranges = np.stack((np.minimum(first[a], first[b]), np.maximum(last[a], last[b])), axis=1)
    distinct, which = np.unique(ranges, axis=0, return_inverse=True)
    frames = np.zeros((len(distinct), MAX_FRAMES), dtype=np.intp)
    used = np.zeros(frames.shape, dtype=np.bool_)
    for row, (lo, hi) in enumerate(distinct.tolist()):
        stack = stack_slices(lo, hi, spacing, THRESHOLDS[case.facts.region].margin_mm, slices)
        frames[row, : len(stack)] = stack
        used[row, : len(stack)] = True
    which = which.reshape(-1)
    return frames[which], used[which]


def _mean(values: NDArray[np.integer], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(pairs,) mean of whole numbers over the frames in `where`, exact up to one division; NaN if none."""
    count = where.sum(axis=1)
    total = np.where(where, values, 0).sum(axis=1)
    means: NDArray[np.float64] = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return means
