"""The smallest true difference that each planned contrast can show on a benchmark, before any run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from misground.analysis.dependence import Dependence
from misground.analysis.plans import PLANS, Plan
from misground.analysis.robust import LEVEL
from misground.power.curve import Curve
from misground.power.curves import Needs, by_draws, by_pilot, needs_of, scaled
from misground.power.design import Design
from misground.power.made import Assumed
from misground.power.measured import MORE_ROWS, Measured, draws_for, measure

MOST_DRAWS: Final = 150
"""Made-up runs at most of each decoding; on a part or a multiple of the cases, a fifth of it."""
MOST_QUESTIONS: Final = 150_000
"""Questions at most of a multiple of the cases that is made up."""
PARTS: Final = (0.25, 0.5)
MULTIPLES: Final = (2, 4, 16)


@dataclass(frozen=True)
class Row:
    """A planned contrast.

    Attributes:
        plan: the contrast.
        pilot: whether its standard error is that of a pilot.
        questions: number of differences, or of questions if the two sides are different questions.
        about: cases, structures, items, degrees of freedom and standard error; None if the benchmark has no
            questions for it.
        interval: the smallest true difference that its interval leaves 0 out of in 80% of runs; None if it
            has no interval.
        finding: the same at the strictest step of Holm's correction, with which any finding holds.
        needs_interval: the cases that the wanted difference needs; None if no difference is wanted.
        needs_finding: the same at the strictest step.
    """

    plan: Plan
    pilot: bool = False
    questions: int = 0
    about: Dependence | None = None
    interval: float | None = None
    finding: float | None = None
    needs_interval: Needs | None = None
    needs_finding: Needs | None = None

    @property
    def reason(self) -> str | None:
        """Why there is no detectable difference; None if there is one."""
        if self.about is None:
            return "the benchmark has no questions for it"
        return (self.about.reason or "often no interval") if self.interval is None else None


@dataclass(frozen=True)
class Power:
    """What a benchmark can show.

    Attributes:
        rows: one for each planned contrast, in the order of a report.
        cases: number of cases of the benchmark.
        questions: number of its questions.
        family: number of contrasts that Holm's correction counts.
        assumed: what is assumed of a model.
        epochs: how often each question is asked.
        draws: number of made-up runs of each decoding.
        wanted: the wanted difference; None if none was named.
        pilot: ids of the runs whose standard errors were taken.
    """

    rows: Sequence[Row]
    cases: int
    questions: int
    family: int
    assumed: Assumed
    epochs: int
    draws: int
    wanted: float | None
    pilot: Sequence[str] = ()

    @property
    def piloted(self) -> bool:
        """Whether the standard errors are those of a pilot."""
        return bool(self.pilot)


def power(
    design: Design,
    assumed: Assumed,
    *,
    epochs: int = 1,
    wanted: float | None = None,
    pilot: Mapping[str, Dependence] | None = None,
    seed: int = 0,
    draws: int = MOST_DRAWS,
) -> Power:
    """The detectable differences of all planned contrasts.

    Args:
        design: the questions of the benchmark.
        assumed: what is assumed of a model.
        epochs: how often each question is asked.
        wanted: the difference to find a number of cases for.
        pilot: standard errors of an earlier run, which take the place of those of the assumed effects.
        seed: of the made-up runs.
        draws: made-up runs at most of each decoding.
    """
    most, draws = draws // 5, draws_for(design, draws, MORE_ROWS)
    here = measure(design, assumed, epochs, draws, seed)
    family = _family(here)
    alphas = (1 - LEVEL, (1 - LEVEL) / family)
    found = Power([], design.cases, len(design), family, assumed, epochs, draws, wanted)
    rows = []
    others = None if wanted is None else _elsewhere(design, assumed, epochs, seed, most)
    for plan in PLANS:
        mine, known = here.get(plan.name), (pilot or {}).get(plan.name)
        if mine is None:
            rows.append(Row(plan))
        elif known is not None:
            told = [by_pilot(known, mine.about, one) for one in alphas]
            about, shown = scaled(known, mine.about), [one.at(1.0) for one in told]
            rows.append(_with_needs(Row(plan, True, mine.questions, about, shown[0], shown[1]), told, found))
        else:
            shown = [mine.detectable(one) for one in alphas]
            row = Row(plan, False, mine.questions, mine.about, shown[0], shown[1])
            if others is not None:
                curves = [by_draws(others.measured(mine), others.settled[plan.name], one) for one in alphas]
                row = _with_needs(row, curves, found)
            rows.append(row)
    return replace(found, rows=rows)


def _with_needs(row: Row, curves: Sequence[Curve | None], found: Power) -> Row:
    if found.wanted is None:
        return row
    by_interval, by_finding = (
        None if one is None else needs_of(one, found.wanted, found.cases, found.questions) for one in curves
    )
    return replace(row, needs_interval=by_interval, needs_finding=by_finding)


def _family(here: Mapping[str, Measured]) -> int:
    """Contrasts with an interval in a report on one model with both decodings."""
    known = [one.plan for one in here.values() if one.about.error is not None]
    return max(1, sum(1 if plan.kind == "decoding" else 2 for plan in known))


@dataclass(frozen=True)
class _Elsewhere:
    """The contrasts with fewer and with more cases, and with enough replies that only effects are left."""

    by_times: Mapping[float, Mapping[str, Measured]]
    settled: Mapping[str, Measured]

    def measured(self, here: Measured) -> dict[float, Measured]:
        """A contrast by times the cases of the benchmark."""
        name = here.plan.name
        return {1.0: here} | {times: found[name] for times, found in self.by_times.items() if name in found}


def _elsewhere(design: Design, assumed: Assumed, epochs: int, seed: int, most: int) -> _Elsewhere:
    found: dict[float, dict[str, Measured]] = {}
    for number, share in enumerate(PARTS):
        part = design.part(share, np.random.default_rng((seed, number)))
        if 1 < part.cases < design.cases:
            draws = draws_for(part, most)
            found[part.cases / design.cases] = measure(part, assumed, epochs, draws, seed)
    for times in MULTIPLES:
        if times > MULTIPLES[0] and times * len(design) > MOST_QUESTIONS:
            break
        more = design.times(times)
        found[times] = measure(more, assumed, epochs, draws_for(more, most), seed)
    twice = design.times(MULTIPLES[0])
    return _Elsewhere(found, measure(twice, assumed, None, draws_for(twice, most), seed))
