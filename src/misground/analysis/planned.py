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
from misground.analysis.comparisons import Levels, compare_runs
from misground.analysis.dependence import Groups
from misground.analysis.results import Run
from misground.analysis.robust import LEVEL, Robust, robust_difference, two_sided
from misground.records import LEVELS, RELATION_TASKS

POWER: Final = 0.8
_SEEN: Final[Levels] = {"condition": "image", "task": RELATION_TASKS}
_ALIKE: Final[Levels] = {"coordinates": "viewing", "prompt": "none"}

Weights = Sequence[tuple[Levels, float]]
"""Levels of within-item factors, and what each counts in the sum over an item; the weights sum to 0."""


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
        if found.error is None:
            return None
        t = stats.t(found.freedom)
        return float((t.ppf(0.5 + LEVEL / 2) + t.ppf(POWER)) * found.error)


def planned(runs: Sequence[Run]) -> list[Contrast]:
    """The planned contrasts for which these runs have replies, corrected together; baselines have none."""
    models = [run for run in runs if not run.baseline]
    found = [_guessing(run) for run in models]
    found += [_decoding(a, b) for a, b in arm_pairs(models)]
    for run in models:
        found += [_between(run, *sides) for sides in _BETWEEN]
        found += [_within(run, *plan) for plan in _plans()]
    return holm([one for one in found if one is not None])


def holm(found: Sequence[Contrast]) -> list[Contrast]:
    """The contrasts with p values after Holm's step-down correction (Holm 1979)."""
    known = sorted((one.p, at) for at, one in enumerate(found) if one.p is not None)
    adjusted: dict[int, float] = {}
    least = 0.0
    for rank, (p, at) in enumerate(known):
        least = max(least, min(1.0, p * (len(known) - rank)))
        adjusted[at] = least
    return [replace(one, adjusted=adjusted.get(at)) for at, one in enumerate(found)]


def _guessing(run: Run) -> Contrast | None:
    answered = run.questions.filter(pl.col("replies") > 0)
    if not len(answered):
        return None
    over = (answered["correct"] / answered["replies"] - chance_of(answered)).to_numpy()
    return _made(run.name, "overall", "accuracy minus guessing", over, groups_of(answered))


def _decoding(a: Run, b: Run) -> Contrast | None:
    found = compare_runs(a, b).paired
    if found is None:
        return None
    name = f"{b.name} minus {a.name}"
    return Contrast(
        name, "decoding", f"{b.arm} minus {a.arm}", found.n, found.difference, found.robust, found.p
    )


_BETWEEN: Final[Sequence[tuple[str, str, Levels, Levels]]] = (
    ("rq1", "stack minus slice, in-plane", {"dimension": "2d"}, {"dimension": "3d"}),
    ("rq1", "cross-slice minus in-plane, stacks", {"task": "in_plane"}, {"task": "cross_slice"}),
)
_KEPT: Final[dict[str, Levels]] = {
    "stack minus slice, in-plane": {"task": "in_plane"},
    "cross-slice minus in-plane, stacks": {"dimension": "3d"},
}


def _between(run: Run, table: str, name: str, a: Levels, b: Levels) -> Contrast | None:
    """A difference between two sets of questions, whose items differ."""
    seen = select(run.questions, **{**_SEEN, **_KEPT[name]}).filter(pl.col("replies") > 0)
    left, right = select(seen, **a), select(seen, **b)
    if not len(left) or not len(right):
        return None
    both = pl.concat([left, right])
    means = (both["correct"] / both["replies"]).to_numpy()
    side = np.arange(len(both)) >= len(left)
    effect = float(means[side].mean() - means[~side].mean())
    robust = robust_difference(means, groups_of(both), side=side)
    return Contrast(run.name, table, name, len(both), effect, robust, two_sided(effect, robust.dependence))


def _plans() -> list[tuple[str, str, Levels, Weights]]:
    """The contrasts within items: table, name, levels of the other factors, weights."""
    viewing: Weights = [({"coordinates": "viewing"}, 1.0), ({"coordinates": "storage"}, -1.0)]
    marks: Weights = [
        ({"prompt": "none"}, -1.0),
        *(({"prompt": mark}, 1 / (len(LEVELS["prompt"]) - 1)) for mark in LEVELS["prompt"][1:]),
    ]
    words: Weights = [({"terms": "anatomical"}, 1.0), ({"terms": "colloquial"}, -1.0)]
    shown: Weights = [({"condition": "image"}, 1.0), ({"condition": "text_only"}, -1.0)]
    real: Weights = [({"condition": "image"}, 1.0), ({"condition": "blank"}, -1.0)]
    terms = ("anatomical", "colloquial")
    return [
        *(("rq2", f"viewing minus storage, {one}", {**_SEEN, "terms": one}, viewing) for one in terms),
        ("rq2", "viewing minus storage, anatomical minus colloquial", _SEEN, _crossed(viewing, words)),
        ("rq3", "any mark minus none", {**_SEEN, "terms": terms}, marks),
        ("rq3", "any mark minus none, anatomical minus colloquial", _SEEN, _crossed(marks, words)),
        *(
            ("ab1", f"image minus text only, {task.replace('_', '-')}, {one}", levels, shown)
            for task in RELATION_TASKS
            for one in terms
            if (levels := {**_ALIKE, "task": task, "terms": one})
        ),
        ("ab2", "image minus blank canvas", {"task": RELATION_TASKS, "terms": "colloquial"}, real),
    ]  # fmt: skip


def _crossed(one: Weights, other: Weights) -> Weights:
    return [({**a, **b}, x * y) for a, x in one for b, y in other]


def _within(run: Run, table: str, name: str, levels: Levels, weights: Weights) -> Contrast | None:
    """A weighted sum of accuracies within items, with the other within-item factors equal."""
    used = {factor for where, _ in weights for factor in where}
    key = ["item_id", *(factor for factor in WITHIN if factor not in used)]
    answered = select(run.questions, **levels).filter(pl.col("replies") > 0)
    parts = [
        select(answered, **where).with_columns(part=pl.col("correct") / pl.col("replies") * weight)
        for where, weight in weights
    ]
    first = pl.col("case_id", "structure_a", "structure_b").first()
    sums = (
        pl.concat(parts).group_by(key, maintain_order=True).agg(first, pl.col("part").sum(), cells=pl.len())
    )
    whole = sums.filter(pl.col("cells") == len(weights))
    return _made(run.name, table, name, whole["part"].to_numpy(), groups_of(whole)) if len(whole) else None


def _made(run: str, table: str, name: str, values: "np.ndarray", groups: Groups) -> Contrast:
    effect, robust = float(values.mean()), robust_difference(values, groups)
    return Contrast(run, table, name, len(values), effect, robust, two_sided(effect, robust.dependence))
