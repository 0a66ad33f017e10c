"""The strata of a draw, and which views of a case are used first.

A case provides one volume (3D items of one plane) and two 2D slices, with planes in turn over the cases of a
modality; other views are used only when cases run out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, PLANES, SLICE_AXIS, Axis, Plane, in_plane_axes
from misground.questions.items import CasePlan
from misground.records import DIMENSIONS, TASKS, Dimension, Modality, Task


@dataclass(frozen=True)
class Stratum:
    """A stratum; relation items are spread evenly over strata."""

    modality: Modality
    dimension: Dimension
    plane: Plane
    task: Task
    axis: Axis


def relation_kinds(dimension: Dimension, plane: Plane) -> tuple[tuple[Task, tuple[Axis, ...]], ...]:
    """The relation tasks of a dimension and plane, as (task, its axes)."""
    in_plane: tuple[Task, tuple[Axis, ...]] = ("in_plane", in_plane_axes(plane))
    return (in_plane,) if dimension == "2d" else (in_plane, ("cross_slice", (SLICE_AXIS[plane],)))


def kinds_in_turn() -> Iterator[tuple[Dimension, Plane, Task]]:
    """The nine kinds of relation items, in an order in which each three cover all planes and tasks."""
    kinds: tuple[tuple[Dimension, Task], ...] = (
        ("2d", "in_plane"),
        ("3d", "in_plane"),
        ("3d", "cross_slice"),
    )
    for start in range(len(PLANES)):
        for shift, (dimension, task) in enumerate(kinds):
            yield dimension, PLANES[(start + shift) % len(PLANES)], task


def strata(modality: Modality) -> Iterator[Stratum]:
    """All 15 strata of relation items of a modality, 6 in 2D and 9 in 3D, in turn over kinds and axes."""
    for second in (0, 1):
        for place, (dimension, plane, task) in enumerate(kinds_in_turn()):
            axes = dict(relation_kinds(dimension, plane))[task]
            if second < len(axes):
                yield Stratum(modality, dimension, plane, task, axes[(place + second) % len(axes)])


FIRST_VIEWS: Final = 0
"""Tier of a case's own volume and two slices; higher tiers are used when these are exhausted."""


def volume_plane(plan: CasePlan, turn: int) -> Plane:
    """The plane of a case's volume; `turn` is the case's position within its modality."""
    return _in_turn(plan, turn + 2, "3d")[0]


def tiers(plan: CasePlan, turn: int) -> NDArray[np.int64]:
    """(candidates,) tier of each candidate of a case; lower tiers are used first."""
    rows = plan.candidates
    volume = PLANES.index(volume_plane(plan, turn))
    slices = [PLANES.index(plane) for plane in _in_turn(plan, turn, "2d")[:2]]
    flat = rows["dimension"] == DIMENSIONS.index("2d")
    first = np.where(flat, np.isin(rows["plane"], slices) & (rows["rank"] == 0), rows["plane"] == volume)
    return np.where(first, FIRST_VIEWS, np.where(flat, 1 + rows["rank"].astype(np.int64), 1))


def _in_turn(plan: CasePlan, turn: int, dimension: Dimension) -> list[Plane]:
    """The planes in turn, those with a candidate first."""
    rows = plan.candidates[plan.candidates["dimension"] == DIMENSIONS.index(dimension)]
    offered = set(rows["plane"].tolist())
    planes = [PLANES[(turn + i) % len(PLANES)] for i in range(len(PLANES))]
    return sorted(planes, key=lambda plane: PLANES.index(plane) not in offered)


def rows_by_stratum(plan: CasePlan) -> dict[Stratum, NDArray[np.intp]]:
    """Indices of the candidates in each stratum that has any."""
    rows = plan.candidates
    found: dict[Stratum, NDArray[np.intp]] = {}
    for stratum in strata(plan.facts.modality):
        where = (
            (rows["dimension"] == DIMENSIONS.index(stratum.dimension))
            & (rows["plane"] == PLANES.index(stratum.plane))
            & (rows["task"] == TASKS.index(stratum.task))
            & (rows["axis"] == AXES.index(stratum.axis))
        )
        index = np.flatnonzero(where)
        if index.size:
            found[stratum] = index
    return found
