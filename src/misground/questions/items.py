"""Items: one spatial fact asked about one view, and the plans of cases that they are drawn from."""

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
    """What a case can be asked: its facts, and its candidates as rows of `candidates.DTYPE`.

    first_slices, last_slices: (3, S) along x, y, z, the range of indices that each structure fills.
    """

    facts: CaseFacts
    first_slices: NDArray[np.int32]
    last_slices: NDArray[np.int32]
    candidates: NDArray[np.void]


@dataclass(frozen=True)
class Item:
    """One spatial fact about one view, drawn: which structure is asked about, and how it is shown.

    slices: RAS+ indices in display order. sign: of A minus B along the axis; for stack_order the way that the
    stack runs along its slice axis; None for slice_direction. option_order: positions in (right, wrong, ...)
    in the order shown. evidence of A minus B; stack_reversed and shared_frames are None in 2D.
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

    @cached_property
    def item_id(self) -> str:
        """Hash of what the item stands for."""
        return item_id(
            self.case_id, self.modality, self.dimension, self.plane, self.task, self.axis,
            self.structure_a, self.structure_b, self.slices,
        )  # fmt: skip

    @property
    def is_relation(self) -> bool:
        """Whether it asks where A lies from B (24 questions); else 2 questions."""
        return self.task in RELATION_TASKS


def stable_hash(*parts: object) -> str:
    """20 hexadecimal digits of SHA-256 over the parts, the same on every machine."""
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
    plan: CasePlan, row: np.void, *, sign: int, stack_reversed: bool, option_order: tuple[int, ...]
) -> Item:
    """An item from a candidate; `sign` decides which of the pair is A."""
    swapped = int(row["sign"]) != sign
    first, second = plan.facts.structures[row["a"]], plan.facts.structures[row["b"]]
    p, delta = float(row["p_a_greater"]), float(row["delta_mm"])
    dimension = DIMENSIONS[row["dimension"]]
    plane = PLANES[row["plane"]]
    if dimension == "2d":
        slices: tuple[int, ...] = (int(row["slice"]),)
    else:
        slices = _pair_stack(plan, plane, int(row["a"]), int(row["b"]))
    return Item(
        case_id=plan.facts.case_id,
        modality=plan.facts.modality,
        knee_side=plan.facts.side,
        dimension=dimension,
        plane=plane,
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
        shared_frames=None if dimension == "2d" else int(row["shared"]),
        name_hint=HINT_KINDS[row["hint"]],
    )


def stack_item(
    plan: CasePlan, plane: Plane, task: Task, *, stack_reversed: bool, option_order: tuple[int, ...]
) -> Item:
    """A slice_direction or stack_order item on the whole volume."""
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


def _pair_stack(plan: CasePlan, plane: Plane, a: int, b: int) -> tuple[int, ...]:
    axis = slice_axis_index(plane)
    return stack_slices(
        int(plan.first_slices[axis, [a, b]].min()),
        int(plan.last_slices[axis, [a, b]].max()),
        plan.facts.spacing_mm[axis],
        THRESHOLDS[plan.facts.region].margin_mm,
        plan.facts.shape[axis],
    )
