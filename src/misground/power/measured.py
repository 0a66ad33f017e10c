"""What made-up runs say about a planned contrast: its standard error, and how far it lies from the truth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from scipy import stats

from misground.analysis.dependence import Dependence, Floats, Parts
from misground.analysis.planned import POWER, Contrast, contrasts
from misground.analysis.plans import PLANS, Plan
from misground.power.design import Design
from misground.power.made import Assumed, made_pair

FEWEST_DRAWS: Final = 4
ROWS: Final = 400_000
"""Questions of all draws on a part or a multiple of a benchmark, so that the time is bounded; on the
benchmark itself, `MORE_ROWS`."""
MORE_ROWS: Final = 1_600_000


@dataclass(frozen=True)
class Measured:
    """A planned contrast over several draws on one design.

    Attributes:
        plan: the contrast.
        questions: number of differences, or of questions if the two sides are different questions.
        about: numbers of cases, structures and items, degrees of freedom, mean error and mean parts of the
            variance; without an error, the reason.
        errors: (draws,) standard errors; NaN where a draw has none.
        misses: (draws,) estimate less truth.
    """

    plan: Plan
    questions: int
    about: Dependence
    errors: Floats
    misses: Floats

    def first(self, draws: int) -> Self:
        """The first draws alone."""
        return replace(self, errors=self.errors[:draws], misses=self.misses[:draws])

    def detectable(self, alpha: float) -> float | None:
        """The true difference that leaves 0 out of the interval at level 1 - alpha in `POWER` of runs.

        An estimate must lie above its interval's reach. Reach less estimate is normal over draws, and the
        difference is its quantile. The standard errors of a report are rather too large than too small, so
        the scatter of the estimates is measured, and not taken from them. None if too many draws have no
        interval.
        """
        known = ~np.isnan(self.errors)
        share = POWER / max(float(known.mean()), 1e-9)
        if share >= 1:
            return None
        reach = float(stats.t.ppf(1 - alpha / 2, self.about.freedom)) * self.errors[known]
        scatter = np.sqrt(np.square(self.misses[known]).mean() + reach.var())
        return float(reach.mean() + stats.norm.ppf(share) * scatter)


def measure(
    design: Design, assumed: Assumed, epochs: int | None, draws: int, seed: int
) -> dict[str, Measured]:
    """Each planned contrast that the design has questions for, by name, over made-up runs on it."""
    found: dict[str, list[Contrast]] = {}
    for draw in range(draws):
        default, semantic = made_pair(design, assumed, epochs, (seed, draw))
        for one in contrasts([default], [(default, semantic)]):
            found.setdefault(one.name, []).append(one)
    return {plan.name: _measured(plan, found[plan.name]) for plan in PLANS if plan.name in found}


def draws_for(design: Design, most: int, rows: int = ROWS) -> int:
    """How many draws a design of this size gets."""
    return int(np.clip(rows // max(len(design), 1), FEWEST_DRAWS, most))


def _measured(plan: Plan, found: Sequence[Contrast]) -> Measured:
    every = [one.robust.dependence for one in found]
    effects = np.array([one.effect for one in found])
    truth = effects.mean() if plan.kind == "guessing" else 0.0
    return Measured(
        plan, found[0].n, mean_dependence(every),
        np.array([np.nan if one.error is None else one.error for one in every]), effects - truth,
    )  # fmt: skip


def mean_dependence(found: Sequence[Dependence]) -> Dependence:
    """The first, with the root of the mean variance and the mean parts of all that have an error."""
    known = [(one.error, one.parts) for one in found if one.error is not None and one.parts is not None]
    if not known:
        return found[0]
    error = float(np.sqrt(np.mean([error**2 for error, _ in known])))
    parts = Parts(*np.mean([(p.cases, p.structures, p.items, p.asks) for _, p in known], axis=0).tolist())
    return replace(found[0], error=error, reason=None, parts=parts)
