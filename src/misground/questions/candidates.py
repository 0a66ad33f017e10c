"""Every possible item of one case: certain facts, with the slices that would show them.

Candidates are planned from the label map only. A candidate is an unordered pair (a before b in the case's
structures); which of the two is asked about is decided when items are drawn.
"""

from typing import Final

import numpy as np

from misground.anatomy import AXES, PLANES, Axis, Plane
from misground.questions.hints import Hint, name_hint
from misground.questions.measure import Measurements
from misground.questions.truth import THRESHOLDS, Relations, agrees_with_patient, faces_cut_end, relations
from misground.records import DIMENSIONS, TASKS, Case, Dimension, Task

# One row per candidate. plane, axis, task, dimension: positions in PLANES, AXES, TASKS, DIMENSIONS. slice:
# the slice of a 2D candidate, -1 in 3D. rank: rank of that slice in its plane, best first; 0 in 3D. sign, p,
# delta_mm: of a minus b. hint: 0 none, 1 one, 2 both. halves: 0 if a and b cannot lie in one half of a
# cross_slice stack, else 1.
DTYPE: Final = np.dtype(
    [
        ("dimension", "u1"),
        ("plane", "u1"),
        ("task", "u1"),
        ("axis", "u1"),
        ("a", "u2"),
        ("b", "u2"),
        ("slice", "i4"),
        ("rank", "u2"),
        ("sign", "i1"),
        ("hint", "u1"),
        ("hint_guess", "i1"),
        ("halves", "u1"),
        ("p_a_greater", "f8"),
        ("delta_mm", "f8"),
    ]
)
HINT_KINDS: Final = ("none", "one", "both")


def certain_relations(case: Case, measured: Measurements) -> dict[Axis, Relations]:
    """The whole-volume relations along each axis, uncertain if the true patient axis disagrees."""
    centroids, distance_mm = measured.centroids_mm(), THRESHOLDS[case.facts.region].distance_mm
    found: dict[Axis, Relations] = {}
    for index, axis in enumerate(AXES):
        table = relations(measured.histogram(axis), case.facts.spacing_mm[index], distance_mm)
        table.sign[~agrees_with_patient(centroids, case.axes, index)] = 0
        found[axis] = table
    return found


def asked_relations(case: Case, measured: Measurements, *, allow_name_hints: bool) -> dict[Axis, Relations]:
    """The certain relations, without those of cut structures and those that the names give away."""
    found = certain_relations(case, measured)
    for axis, table in found.items():
        table.sign[faces_cut_end(table.sign, measured.histogram(axis))] = 0
    if not allow_name_hints:
        for axis, table in found.items():
            for a, b in np.argwhere(table.sign):
                if not _hint(case, a, b, axis).asked(axis):
                    table.sign[a, b] = 0
    return found


def candidate(
    case: Case,
    *,
    dimension: Dimension,
    plane: Plane,
    task: Task,
    axis: Axis,
    pair: tuple[int, int],
    table: Relations,
    where: tuple[int, int] = (-1, 0),
    index: tuple[int, int] | None = None,
    halves: bool = True,
) -> tuple[int | float, ...]:
    """One row of `DTYPE`.

    where: slice and rank in 2D; index: the pair's index in `table` if not `pair`; halves: see `DTYPE`.
    """
    at = index or pair
    hint = _hint(case, *pair, axis)
    return (
        DIMENSIONS.index(dimension),
        PLANES.index(plane),
        TASKS.index(task),
        AXES.index(axis),
        *pair,
        *where,
        int(table.sign[at]),
        HINT_KINDS.index(hint.kind),
        hint.guess,
        halves,
        float(table.p_a_greater[at]),
        float(table.delta_mm[at]),
    )


def _hint(case: Case, a: int, b: int, axis: Axis) -> Hint:
    """The hint in the names of two structures, given by their index in the case, along an axis."""
    return name_hint(case.structures[a].name, case.structures[b].name, axis, case.facts.side)
