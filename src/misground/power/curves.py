"""Detectable differences by number of cases, from made-up runs or from a pilot."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from misground.analysis.dependence import Dependence, Parts
from misground.analysis.planned import detectable
from misground.power.curve import Curve, curve, freedom, reach
from misground.power.measured import Measured


@dataclass(frozen=True)
class Needs:
    """How many cases a wanted difference needs.

    Attributes:
        limit: the difference that is detectable with any number of cases of the same structures.
        cases: number of cases; None if none up to `curve.MOST_TIMES` times those of the benchmark is enough.
        questions: number of questions of such a benchmark; None as above.
        at_most: whether fewer cases may do: no smaller number was looked at.
    """

    limit: float
    cases: int | None = None
    questions: int | None = None
    at_most: bool = False


def needs_of(found: Curve, wanted: float, cases: int, questions: int) -> Needs:
    """What a difference needs.

    Args:
        found: the detectable differences.
        wanted: the difference.
        cases: number of cases of the benchmark.
        questions: number of its questions.
    """
    times = found.needed(wanted)
    if times is None:
        return Needs(found.limit)
    least = times == found.times[0]
    return Needs(found.limit, _up(times * cases), _up(times * questions), at_most=least)


def _up(count: float) -> int:
    return math.ceil(round(count, 6))  # 3.0000000001 is 3


def by_draws(measured: Mapping[float, Measured], settled: Measured, alpha: float) -> Curve | None:
    """From made-up runs; None if none of them has intervals.

    Beyond the most cases that were made up, the part of the variance that the structures share stays, and the
    rest falls with the number of cases.

    Args:
        measured: times the cases of the benchmark -> the contrast there; 1 among them.
        settled: the contrast with enough replies that only the effects are left.
        alpha: level of the test.
    """
    here, about = measured[1.0], measured[1.0].about
    each = {times: _corrected(one, here, alpha) for times, one in measured.items()}
    known = {times: found for times, found in each.items() if found is not None}
    if not known:
        return None
    last = max(known)
    variance = (measured[last].about.error or 0.0) ** 2
    stays = max(0.0, 0.0 if settled.about.parts is None else settled.about.parts.structures)
    stays = min(stays, variance)

    def beyond(times: float) -> float:
        error = math.sqrt((stays + (variance - stays) * last / times) / variance)
        return known[last] * error * reach(about, times, alpha) / reach(about, last, alpha)

    return curve(known, beyond)


def _corrected(found: Measured, here: Measured, alpha: float) -> float | None:
    """The detectable difference elsewhere, as if it had as many draws as the benchmark itself.

    The same draw has the same effects of structures everywhere, so what few draws miss elsewhere, as many
    draws miss here.
    """
    few, part, whole = (one.detectable(alpha) for one in (found, here.first(len(found.errors)), here))
    return few if few is None or part is None or whole is None else few * whole / part


def by_pilot(pilot: Dependence, here: Dependence, alpha: float) -> Curve:
    """From the standard error of a pilot.

    Args:
        pilot: the contrast in the pilot; it has an error.
        here: the contrast in the benchmark.
        alpha: level of the test.
    """

    def beyond(times: float) -> float:
        return detectable(_error(pilot, here, times), freedom(here, times), alpha)

    few = [times for times in (0.25, 0.5) if times * here.cases >= 2]
    return curve({times: beyond(times) for times in (*few, 1.0)}, beyond)


def scaled(pilot: Dependence, here: Dependence) -> Dependence:
    """The contrast in the benchmark with the error that a pilot predicts."""
    return replace(here, error=_error(pilot, here, 1.0), freedom=int(freedom(here, 1.0)), reason=None)


def _error(pilot: Dependence, here: Dependence, times: float) -> float:
    """The pilot's error with the benchmark's numbers of cases, structures and items."""
    varying = [one.structures - one.fixed for one in (here, pilot)]
    parts = pilot.parts or Parts(0.0, 0.0, 0.0, 0.0)
    return math.sqrt(
        parts.variance(
            cases=times * here.cases / pilot.cases,
            structures=varying[0] / varying[1] if all(varying) else 1.0,
            items=times * here.items / pilot.items,
        )
    )
