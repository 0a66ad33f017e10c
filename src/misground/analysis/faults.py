"""Which faults a run shows: one named test for each, corrected together within the run.

A fault is shown if its size exceeds what is tolerated, by a one-sided t test (two-sided for the place of the
options) whose p value holds after Holm's correction at the level `NAMED_AT`. The level is strict, because a
shown fault accuses a model: among a thousand reports on models without faults, about one names any.

A run is free of a fault where even the upper end of the 95% interval of its size is below `FREE`. Everything
between the two is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from scipy import stats

from misground.analysis.dependence import Dependence, dependence
from misground.analysis.fault_measures import FAULTS, MEASURES, Answers, Fault, Measure, answers_of
from misground.analysis.planned import stepped_down
from misground.analysis.results import Run
from misground.analysis.robust import LEVEL, Ends, credible_interval
from misground.records import Probe

NAMED_AT: Final = 0.001
FREE: Final = 0.05
TOLERATED: Final[Mapping[Fault, float]] = {"silent": 0.005, "flip": 0.01, "sees": 0.01, "names": 0.01}
"""Shares up to this do not count as faults: slips that any model makes, or lines that the extraction lost."""
LEAST: Final = 5
"""Fewest items from which a verdict is possible."""
ALIKE: Final = 0.5
"""Chance of each further item to show a fault that is not there, where all items show it: a sign test."""
NEEDS: Final[Mapping[Fault, Probe]] = {"names": "naming", "prior": "mirrored"}
"""The probe without which a fault cannot be tested."""

Verdict = Literal["shown", "free", "open", "untested"]


@dataclass(frozen=True)
class FaultRow:
    """One fault of one run.

    Attributes:
        run: name of the run.
        fault: one of `FAULTS`.
        size: how large it is, see `fault_measures`; None if it cannot be tested.
        ends: the 95% interval of the size; where all units are alike, the bound of as many independent items.
        tolerated: what the size must exceed.
        about: what the test rests on; None if it cannot be tested.
        p: p value of a size of at most `tolerated`; None if it cannot be tested.
        adjusted: p after Holm's correction over the faults of this run; None without p.
        lacks: why it cannot be tested; None if it can.
    """

    run: str
    fault: Fault
    size: float | None = None
    ends: Ends | None = None
    tolerated: float = 0.0
    about: Dependence | None = None
    p: float | None = None
    adjusted: float | None = None
    lacks: str | None = None

    @property
    def verdict(self) -> Verdict:
        """shown; free: at most `FREE`; open: neither; untested."""
        if self.p is None or self.ends is None:
            return "untested"
        if self.adjusted is not None and self.adjusted < NAMED_AT:
            return "shown"
        low, high = self.ends
        # The opposite of a fault is none, but a preference for the last option is one for a place, too.
        return "free" if high < FREE and (self.fault != "first" or low > -FREE) else "open"


def fault_rows(run: Run) -> list[FaultRow]:
    """The faults of a run, in the order of `FAULTS`.

    Args:
        run: the run, with the column `anatomy` (`ceilings.with_ceilings`), without which the fault of
            following anatomy cannot be tested.
    """
    answers = answers_of(run)
    rows = _judged_names([_row(run, fault, answers) for fault in FAULTS])
    adjusted = stepped_down([row.p for row in rows])
    return [replace(row, adjusted=p) for row, p in zip(rows, adjusted, strict=True)]


def shown(rows: list[FaultRow]) -> list[FaultRow]:
    """The faults that are named."""
    return [row for row in rows if row.verdict == "shown"]


def _row(run: Run, fault: Fault, answers: Answers) -> FaultRow:
    row = FaultRow(run.name, fault, tolerated=TOLERATED.get(fault, 0.0))
    measure = MEASURES[fault](answers)
    if measure is None:
        return replace(row, lacks=_lacks(run, fault))
    about = dependence(measure.values, measure.groups, measure.side)
    size = measure.size
    row = replace(row, size=size, about=about)
    if about.error is not None and about.freedom > 0:
        reach = float(stats.t.ppf(0.5 + LEVEL / 2, about.freedom)) * about.error
        return replace(row, ends=_cut(row, size - reach, size + reach), p=_p(row, about))
    if not _all_alike(measure) or about.items < LEAST or about.cases < 2:
        return replace(row, lacks=about.reason or "too few items")
    items = _least_items(measure)
    reach = credible_interval(0.0, items)[1]
    p = 1.0 if abs(size) <= row.tolerated else ALIKE**items
    return replace(row, ends=_cut(row, size - reach, size + reach), p=p)


def _p(row: FaultRow, about: Dependence) -> float:
    assert row.size is not None
    assert about.error is not None
    over = (abs(row.size) if row.fault == "first" else row.size) - row.tolerated
    p = float(stats.t.sf(over / about.error, about.freedom))
    return min(1.0, 2 * p) if row.fault == "first" else p


def _all_alike(measure: Measure) -> bool:
    sides = measure.side if measure.side is not None else np.ones(len(measure.values), dtype=bool)
    return all(np.ptp(measure.values[sides == one]) == 0 for one in np.unique(sides))


def _least_items(measure: Measure) -> int:
    """Number of items, on the side with fewer of them."""
    if measure.side is None:
        return len(np.unique(measure.groups.items))
    return min(len(np.unique(measure.groups.items[measure.side == one])) for one in (False, True))


def _cut(row: FaultRow, low: float, high: float) -> Ends:
    """Both ends, within what the size can be: a share, or a difference of shares."""
    return max(0.0 if row.fault in TOLERATED else -1.0, low), min(1.0, high)


def _judged_names(rows: list[FaultRow]) -> list[FaultRow]:
    """The rows, where naming is not judged if the marks themselves are not told apart."""
    marks = next(row for row in rows if row.fault == "sees")
    if marks.ends is None or marks.ends[1] < 0.5:
        return rows
    why = "the marks alone are not told apart"
    return [replace(row, p=None, lacks=why) if row.fault == "names" and row.p is not None else row
            for row in rows]  # fmt: skip


def _lacks(run: Run, fault: Fault) -> str:
    if fault in NEEDS:
        asked = not run.probes.is_empty() and (run.probes["probe"] == NEEDS[fault]).any()
        if not asked:
            return f"needs the probe {NEEDS[fault]}: misground build --probes {NEEDS[fault]}"
    return {
        "flip": "needs a second reply to each question: misground eval --epochs 5",
        "sees": "needs questions on a blank canvas: leave --filter condition=... out",
        "mirror": "needs in-plane relations along left and right, as viewed, in both terms",
        "prior": "needs mirrored pictures about which anatomy has an answer",
    }.get(fault, "needs stated answers")
