"""What decides a draw beside the cases, and the sizes of the presets."""

from dataclasses import dataclass
from typing import Final, Literal

from misground.records import Modality, Task

Preset = Literal["mini", "paper", "pool"]

RELATION_QUESTIONS: Final = 24
LAY_QUESTIONS: Final = 9
STACK_QUESTIONS: Final = 2
PAPER_QUESTIONS: Final = 33_864
PAPER_DIRECTIONS: Final = 1_164
POOL_PER_CASE: Final[dict[Modality, int]] = {"ct": 2_757, "mri": 683}
STACK_TASKS: Final[tuple[Task, ...]] = ("slice_direction", "stack_order")
FEWEST_SLICES: Final = 3
"""Slices below which a stack has no direction to tell (ours)."""


@dataclass(frozen=True)
class DrawSettings:
    """Settings of a draw. lay: whether each relation item also gets the lay terms."""

    preset: Preset = "mini"
    seed: int = 0
    max_questions: int | None = None
    per_case: int | None = None
    lay: bool = False

    @property
    def relation_cost(self) -> int:
        """Questions that a relation item becomes."""
        return RELATION_QUESTIONS + (LAY_QUESTIONS if self.lay else 0)
