"""Items (one spatial fact asked about one view) and the plans of cases from which they are drawn."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, PLANES, Axis, Plane, slice_axis_index
from misground.questions.candidates import HINT_KINDS
from misground.questions.stacks import stack_slices, whole_stack
from misground.questions.truth import THRESHOLDS
from misground.records import (
    DIMENSIONS,
    RELATION_TASKS,
    TASKS,
    CaseFacts,
    Dimension,
    KneeSide,
    Modality,
    NameHint,
    Task,
)


@dataclass(frozen=True)
class CasePlan:
    """What can be asked about a case.

    Attributes:
        facts: the facts about the case.
        in_slices: along x, y and z: (S, n) number of voxels of each structure in each slice, at most
            `truth.MOST_COUNTED`.
        candidates: rows of `candidates.DTYPE`.
    """

    facts: CaseFacts
    in_slices: tuple[NDArray[np.uint8], ...]
    candidates: NDArray[np.void]

    def pair_in_slices(self, row: np.void) -> NDArray[np.uint8]:
        """(2, n) `in_slices` of a candidate's pair a, b along the slice axis of its plane."""
        counts: NDArray[np.uint8] = self.in_slices[slice_axis_index(PLANES[row["plane"]])][
            [row["a"], row["b"]]
        ]
        return counts


@dataclass(frozen=True)
class Item:
    """One drawn spatial fact about one view: which structure is asked about, and how it is shown.

    Attributes:
        case_id: the case.
        modality: ct or mri.
        knee_side: side of the knee; None for a torso.
        dimension: 2d or 3d.
        plane: the plane of the slices.
        task: the task.
        axis: the axis asked; None for slice_direction.
        slices: RAS+ indices in display order.
        stack_reversed: whether the slices are in descending order; None in 2D.
        option_order: indices into (correct, wrong, ...) in the order shown.
        sign: sign of A minus B along the axis; for stack_order, the direction of the stack along its slice
            axis; None for slice_direction.
        structure_a: key of structure A; None if the item is about none.
        structure_b: key of structure B; None if the item is about none.
        p_a_greater: P(a > b) over pairs of voxels; None without structures.
        delta_mm: centroid of A minus centroid of B in mm; None without structures.
        shared_frames: number of frames that show both; None in 2D and without structures.
        name_hint: whether direction words occur in one name or in both.
        naming_order: indices into (name of A, name of B) in the order that the probe `naming` offers.
    """

    case_id: str
    modality: Modality
    knee_side: KneeSide | None
    dimension: Dimension
    plane: Plane
    task: Task
    axis: Axis | None
    slices: tuple[int, ...]
    stack_reversed: bool | None
    option_order: tuple[int, ...]
    sign: int | None = None
    structure_a: str | None = None
    structure_b: str | None = None
    p_a_greater: float | None = None
    delta_mm: float | None = None
    shared_frames: int | None = None
    name_hint: NameHint = "none"
    naming_order: tuple[int, ...] = (0, 1)

    @cached_property
    def item_id(self) -> str:
        """Hash of the item's content."""
        return item_id(
            self.case_id, self.modality, self.dimension, self.plane, self.task, self.axis,
            self.structure_a, self.structure_b, self.slices,
        )  # fmt: skip

    @property
    def is_relation(self) -> bool:
        """Whether it asks where A lies relative to B (24 questions); other items have 2 questions."""
        return self.task in RELATION_TASKS


def stable_hash(*parts: object) -> str:
    """20 hexadecimal digits of the SHA-256 of the parts, the same on every machine."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def item_id(
    case_id: str,
    modality: str,
    dimension: str,
    plane: str,
    task: str,
    axis: str | None,
    structure_a: str | None,
    structure_b: str | None,
    slices: tuple[int, ...],
) -> str:
    """Hash of the fact and the slices that show it, in display order."""
    shown = ",".join(map(str, slices))
    return stable_hash(
        "item", case_id, modality, dimension, plane, task, axis, structure_a, structure_b, shown
    )


def relation_item(
    plan: CasePlan,
    row: np.void,
    *,
    sign: int,
    slices: tuple[int, ...],
    stack_reversed: bool,
    option_order: tuple[int, ...],
) -> Item:
    """An item made from a candidate.

    Args:
        plan: the plan of its case.
        row: the candidate.
        sign: sign of A minus B, which determines which structure of the pair is A.
        slices: ascending RAS+ indices of the slices that show it.
        stack_reversed: whether they are shown in descending order.
        option_order: indices into (correct, wrong) in the order shown.
    """
    swapped = int(row["sign"]) != sign
    first, second = plan.facts.structures[row["a"]], plan.facts.structures[row["b"]]
    p, delta = float(row["p_a_greater"]), float(row["delta_mm"])
    dimension = DIMENSIONS[row["dimension"]]
    return Item(
        case_id=plan.facts.case_id,
        modality=plan.facts.modality,
        knee_side=plan.facts.side,
        dimension=dimension,
        plane=PLANES[row["plane"]],
        task=TASKS[row["task"]],
        axis=AXES[row["axis"]],
        slices=slices[::-1] if stack_reversed else slices,
        stack_reversed=None if dimension == "2d" else stack_reversed,
        option_order=option_order,
        sign=sign,
        structure_a=second if swapped else first,
        structure_b=first if swapped else second,
        p_a_greater=1.0 - p if swapped else p,
        delta_mm=-delta if swapped else delta,
        shared_frames=None if dimension == "2d" else _shared_frames(plan, row, slices),
        name_hint=HINT_KINDS[row["hint"]],
    )


def stack_item(
    plan: CasePlan, plane: Plane, task: Task, *, stack_reversed: bool, option_order: tuple[int, ...]
) -> Item:
    """A slice_direction or stack_order item over the whole volume."""
    slices = whole_stack(plan.facts.shape[slice_axis_index(plane)])
    ordered = task == "stack_order"
    return Item(
        case_id=plan.facts.case_id,
        modality=plan.facts.modality,
        knee_side=plan.facts.side,
        dimension="3d",
        plane=plane,
        task=task,
        axis=AXES[slice_axis_index(plane)] if ordered else None,
        slices=slices[::-1] if stack_reversed else slices,
        stack_reversed=stack_reversed,
        option_order=option_order,
        sign=(-1 if stack_reversed else 1) if ordered else None,
    )


def pair_slices(plan: CasePlan, row: np.void) -> tuple[int, ...]:
    """The slice of a 2D candidate, or the slices of a stack close around its structures, ascending."""
    if DIMENSIONS[row["dimension"]] == "2d":
        return (int(row["slice"]),)
    axis = slice_axis_index(PLANES[row["plane"]])
    filled = np.flatnonzero(plan.pair_in_slices(row).any(axis=0))
    return stack_slices(
        int(filled[0]),
        int(filled[-1]),
        plan.facts.spacing_mm[axis],
        THRESHOLDS[plan.facts.region].margin_mm,
        plan.facts.shape[axis],
    )


def _shared_frames(plan: CasePlan, row: np.void, slices: tuple[int, ...]) -> int:
    return int(plan.pair_in_slices(row)[:, slices].all(axis=0).sum())
