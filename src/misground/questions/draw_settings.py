"""The settings that, with the cases, determine a draw, and the sizes of the presets."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from misground.records import Modality, Task

Preset = Literal["mini", "paper", "pool"]

RELATION_QUESTIONS: Final = 24
LAY_QUESTIONS: Final = 9
STACK_QUESTIONS: Final = 2
PAPER_QUESTIONS: Final = 33_864
PAPER_DIRECTIONS: Final = 1_164
LEAST_SHARE: Final = Fraction(1, 10)
"""Smallest share of a modality in `paper`, however few its cases are."""
POOL_PER_CASE: Final[dict[Modality, int]] = {"ct": 2_757, "mri": 683}
STACK_TASKS: Final[tuple[Task, ...]] = ("slice_direction", "stack_order")
FEWEST_SLICES: Final = 3
"""Fewest slices with which a stack has a recognisable direction (our choice)."""


@dataclass(frozen=True)
class DrawSettings:
    """Settings of a draw.

    Attributes:
        preset: mini, paper or pool.
        seed: random seed.
        max_questions: most questions in total; None for the preset's limit.
        per_case: most questions per case; None for the preset's limit.
        lay: whether relation items are also asked in lay terms.
    """

    preset: Preset = "mini"
    seed: int = 0
    max_questions: int | None = None
    per_case: int | None = None
    lay: bool = False

    @property
    def relation_cost(self) -> int:
        """The number of questions per relation item."""
        return RELATION_QUESTIONS + (LAY_QUESTIONS if self.lay else 0)
