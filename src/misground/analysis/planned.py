"""The contrasts that are named before a run, and which of them hold after Holm's correction.

They are the only differences that a finding may call one; whatever else an interval shows is a hint. The
family is all planned contrasts of all models of a report, so that at most 5% of reports on models without any
true difference hold a false one (Holm 1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import polars as pl
from scipy import stats

from misground.analysis.arms import arm_pairs
from misground.analysis.cells import WITHIN, chance_of, groups_of, select
from misground.analysis.comparisons import compare_runs
from misground.analysis.dependence import Groups
from misground.analysis.plans import KINDS, PLANS, Plan
from misground.analysis.results import Run
from misground.analysis.robust import LEVEL, Robust, robust_difference, two_sided

POWER: Final = 0.8


@dataclass(frozen=True)
class Contrast:
    """A planned contrast of one run, or of two.

    Attributes:
        run: name of the run, or of both.
        table: the table that holds its cells: overall, decoding, rq1, rq2, rq3, ab1 or ab2.
        name: what is subtracted from what.
        n: number of differences, or of questions if the two sides are different questions.
        effect: the difference of accuracies, or the difference of two such differences.
        robust: its interval.
        p: two-sided p value, from the same standard error; None without one.
        adjusted: p after Holm's correction over the report; None without p.
    """

    run: str
    table: str
    name: str
    n: int
    effect: float
    robust: Robust
    p: float | None
    adjusted: float | None = None

    @property
    def verdict(self) -> Literal["higher", "lower", "hint", "none", "unknown"]:
        """higher, lower: after Holm's correction; hint: only by its interval; none; unknown: no interval."""
        ends = self.robust.ends
        if ends is None:
            return "unknown"
        if not (ends[0] > 0 or ends[1] < 0):
            return "none"
        if self.adjusted is None or self.adjusted > 1 - LEVEL:
            return "hint"
        return "higher" if ends[0] > 0 else "lower"

    @property
    def detectable(self) -> float | None:
        """The smallest true difference that one interval at this error leaves 0 out of in 80% of runs."""
        found = self.robust.dependence
        return None if found.error is None else detectable(found.error, found.freedom)


def detectable_span(found: Sequence[Contrast]) -> tuple[float, float] | None:
    """The least and the largest detectable difference of some contrasts; None if none has one."""
    known = [one.detectable for one in found if one.detectable is not None]
    return (min(known), max(known)) if known else None


def detectable(error: float, freedom: float, alpha: float = 1 - LEVEL) -> float:
    """The smallest true difference that a two-sided test shows with the probability `POWER`.

    Args:
        error: standard error of the estimated difference.
        freedom: degrees of freedom of Student's t.
        alpha: level of the test.
    """
    t = stats.t(freedom)
    return float((t.ppf(1 - alpha / 2) + t.ppf(POWER)) * error)


def planned(runs: Sequence[Run]) -> list[Contrast]:
    """The planned contrasts for which these runs have replies, corrected together; baselines have none."""
    models = [run for run in runs if not run.baseline]
    return holm(contrasts(models, arm_pairs(models)))


def contrasts(
    runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]], plans: Sequence[Plan] = PLANS
) -> list[Contrast]:
    """The contrasts of some runs, and of pairs of runs (A, B) whose arms are compared, not corrected."""
    kinds = {kind: [plan for plan in plans if plan.kind == kind] for kind in KINDS}
    found = [_guessing(run, plan) for plan in kinds["guessing"] for run in runs]
    found += [_decoding(*pair, plan) for plan in kinds["decoding"] for pair in pairs]
    for run in runs:
        found += [_between(run, plan) for plan in kinds["between"]]
        found += [_within(run, plan) for plan in kinds["within"]]
    return [one for one in found if one is not None]


def holm(found: Sequence[Contrast]) -> list[Contrast]:
    """The contrasts with p values after Holm's step-down correction (Holm 1979)."""
    adjusted = stepped_down([one.p for one in found])
    return [replace(one, adjusted=p) for one, p in zip(found, adjusted, strict=True)]


def stepped_down(values: Sequence[float | None]) -> list[float | None]:
    """p values after Holm's step-down correction, in their order; None stays None and counts for nothing."""
    known = sorted((p, at) for at, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    least = 0.0
    for rank, (p, at) in enumerate(known):
        least = max(least, min(1.0, p * (len(known) - rank)))
        adjusted[at] = least
    return adjusted


def _guessing(run: Run, plan: Plan) -> Contrast | None:
    answered = run.questions.filter(pl.col("replies") > 0)
    if not len(answered):
        return None
    over = (answered["correct"] / answered["replies"] - chance_of(answered)).to_numpy()
    return _made(run.name, plan, over, groups_of(answered))


def _decoding(a: Run, b: Run, plan: Plan) -> Contrast | None:
    found = compare_runs(a, b).paired
    if found is None:
        return None
    name, arms = f"{b.name} minus {a.name}", f"{b.arm} minus {a.arm}"
    return Contrast(name, plan.table, arms, found.n, found.difference, found.robust, found.p)


def _between(run: Run, plan: Plan) -> Contrast | None:
    """A difference between two sets of questions, whose items differ."""
    answered = select(run.questions, **plan.levels).filter(pl.col("replies") > 0)
    more, less = (select(answered, **levels) for levels, _ in plan.weights)
    if not len(less) or not len(more):
        return None
    both = pl.concat([less, more])
    means = (both["correct"] / both["replies"]).to_numpy()
    side = np.arange(len(both)) >= len(less)
    effect = float(means[side].mean() - means[~side].mean())
    robust = robust_difference(means, groups_of(both), side=side)
    p = two_sided(effect, robust.dependence)
    return Contrast(run.name, plan.table, plan.name, len(both), effect, robust, p)


def _within(run: Run, plan: Plan) -> Contrast | None:
    """A weighted sum of accuracies within items, with the other within-item factors equal."""
    used = {factor for where, _ in plan.weights for factor in where}
    key = ["item_id", *(factor for factor in WITHIN if factor not in used)]
    answered = select(run.questions, **plan.levels).filter(pl.col("replies") > 0)
    parts = [
        select(answered, **where).with_columns(part=pl.col("correct") / pl.col("replies") * weight)
        for where, weight in plan.weights
    ]
    first = pl.col("case_id", "structure_a", "structure_b").first()
    sums = (
        pl.concat(parts).group_by(key, maintain_order=True).agg(first, pl.col("part").sum(), cells=pl.len())
    )
    whole = sums.filter(pl.col("cells") == len(plan.weights))
    return _made(run.name, plan, whole["part"].to_numpy(), groups_of(whole)) if len(whole) else None


def _made(run: str, plan: Plan, values: "np.ndarray", groups: Groups) -> Contrast:
    most = sum(weight for _, weight in plan.weights if weight > 0) or 1.0
    effect, robust = float(values.mean()), robust_difference(values, groups, most=most)
    p = two_sided(effect, robust.dependence)
    return Contrast(run, plan.table, plan.name, len(values), effect, robust, p)
