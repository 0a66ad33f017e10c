"""What explains the difference of two runs, for `misground compare`: arms beside them, and answer shifts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from misground.analysis.arms import arm_pairs
from misground.analysis.cells import select
from misground.analysis.planned import Contrast, contrasts, holm
from misground.analysis.plans import PLANS, Levels
from misground.analysis.results import Run
from misground.analysis.shift import ShiftRow, shift_rows
from misground.report import words
from misground.report.gain import credit, flipped_wins, shifted


@dataclass(frozen=True)
class Explained:
    """What explains a difference.

    Attributes:
        contrasts: the planned contrasts between arms, corrected together.
        shifts: the answer shifts of B minus A and of these contrasts, corrected together.
        sentences: what they say, one line each.
    """

    contrasts: Sequence[Contrast]
    shifts: Sequence[ShiftRow]
    sentences: Sequence[str]


def explain(runs: Sequence[Run], levels: Levels) -> Explained:
    """Take the difference of the first two runs apart, by the arms of all.

    Args:
        runs: A, B, and further arms.
        levels: restricts the questions, as in `cells.select`.
    """
    kept = [replace(run, questions=select(run.questions, **levels)) for run in runs]
    arms = arm_pairs([run for run in kept if not run.baseline])
    found = holm(contrasts(kept, arms, [plan for plan in PLANS if plan.kind == "decoding"]))
    first = (kept[0], kept[1])
    shifts = shift_rows([first, *(pair for pair in arms if pair != first)])
    told = [one.text for one in credit(kept, found, shifts)] + flipped_wins(kept, found)
    others = [
        f"{one.run}: {words.points(one.effect)} points ({words.robust(one.robust, signed=True)})"
        for one in found
        if one.run != f"{first[1].name} minus {first[0].name}"
    ]
    return Explained(found, shifts, [*others, *told, *shifted(shifts)])
