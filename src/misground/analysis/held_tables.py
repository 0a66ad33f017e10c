"""The tables of what models held likely, for runs that recorded it (`--read options` or `both`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.calibration import Calibration, calibration
from misground.analysis.held import SAID, Held, held, says_what_it_holds
from misground.analysis.results import Run
from misground.analysis.robust import Robust, robust_accuracy
from misground.records import LEVELS, Outcome

_HELD: Final = ("wrong", "right")


@dataclass(frozen=True)
class CalibrationRow:
    """The calibration of one run in one cell."""

    run: str
    cell: str
    calibration: Calibration


@dataclass(frozen=True)
class HeldRow:
    """How often a run said one thing and held another likely.

    Attributes:
        run: name of the run.
        said: the outcome of the reply.
        held: whether the option that was held most likely is "right" or "wrong".
        k: sum over questions of the share of their epochs.
        n: number of questions.
        interval: interval of k/n.
    """

    run: str
    said: Outcome
    held: str
    k: float
    n: int
    interval: Robust


def calibration_rows(runs: Sequence[Run]) -> list[CalibrationRow]:
    """Calibration over all questions and by condition, for each run that recorded probabilities."""
    return [row for run in runs if (found := held(run)) is not None for row in _calibrations(run, found)]


def held_rows(runs: Sequence[Run]) -> list[HeldRow]:
    """What was said beside what was held likely, for each run whose outcomes are read from the text."""
    return [
        row
        for run in runs
        if not says_what_it_holds(run) and (found := held(run)) is not None
        for row in _held(run, found)
    ]


def _calibrations(run: Run, found: Held) -> Iterator[CalibrationRow]:
    conditions = found.questions["condition"]
    cells = [("all", np.ones(len(found.questions), bool))]
    cells += [(name, (conditions == name).to_numpy()) for name in LEVELS["condition"]]
    cells = [cell for cell in cells if cell[1].any()]
    for name, mine in cells if len(cells) > 2 else cells[:1]:
        yield CalibrationRow(
            run.name,
            name,
            calibration(
                found.confidence[mine], found.right[mine], found.brier[mine], found.groups.only(mine)
            ),
        )


def _held(run: Run, found: Held) -> Iterator[HeldRow]:
    for outcome in SAID:
        for at in (1, 0):
            share = found.said[outcome][:, at]
            if share.any():
                interval = robust_accuracy(share, found.groups)
                yield HeldRow(run.name, outcome, _HELD[at], float(share.sum()), len(share), interval)


def flat_calibration(row: CalibrationRow) -> dict[str, object]:
    """A row as plain numbers."""
    found = row.calibration
    return {
        "run": row.run,
        "cell": row.cell,
        "n": found.n,
        "confidence": found.confidence,
        "right": found.right,
        "brier": found.brier,
        "brier_low": found.brier_interval.low,
        "brier_high": found.brier_interval.high,
        "calibration_error": found.error,
        "calibration_error_low": found.error_interval.low,
        "calibration_error_high": found.error_interval.high,
        "cases": found.error_interval.dependence.cases,
        "structures": found.error_interval.dependence.structures,
        "bins": len(found.bins),
    }


def flat_held(row: HeldRow) -> dict[str, object]:
    """A row as plain numbers."""
    return {
        "run": row.run,
        "said": row.said,
        "held": row.held,
        "share": row.k / row.n,
        "k": row.k,
        "n": row.n,
        "low": row.interval.low,
        "high": row.interval.high,
        "cases": row.interval.dependence.cases,
        "structures": row.interval.dependence.structures,
    }


def flat_bins(rows: Sequence[CalibrationRow]) -> pl.DataFrame:
    """The bins of all rows as plain numbers, one row per bin."""
    return pl.DataFrame(
        [
            {
                "run": row.run,
                "cell": row.cell,
                "bin": number,
                "n": one.n,
                "lowest_confidence": one.low,
                "highest_confidence": one.high,
                "confidence": one.confidence,
                "right": one.right,
                "low": one.interval.low,
                "high": one.interval.high,
                "cases": one.interval.dependence.cases,
            }
            for row in rows
            for number, one in enumerate(row.calibration.bins, 1)
        ],
        infer_schema_length=None,
    )
