"""Tables as text: headings and rows for HTML, Markdown, PDF and the terminal."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from misground.analysis.held_tables import CalibrationRow, HeldRow
from misground.analysis.planned import Contrast
from misground.analysis.table import ComparisonRow, EstimateRow, Table
from misground.report import words
from misground.report.behaviour import (
    agreed_grid,
    consistency_grid,
    distance_grid,
    position_grid,
    shift_grid,
)
from misground.report.breaking import fault_grid, step_grid
from misground.report.flipped import flip_grid
from misground.report.grid import Grid, without_empty

VERDICTS: Final = {
    "higher": "higher", "lower": "lower", "hint": "a hint only", "none": "not shown", "unknown": "no verdict",
}  # fmt: skip
ANATOMY_ALONE: Final = "knowing anatomy alone"
ONE_MARK: Final = "seeing one mark"


def estimate_grid(rows: Sequence[EstimateRow]) -> Grid:
    """Accuracies as text; columns that are empty in every row are dropped."""
    return without_empty(
        Grid(
            [
                "model", "cell", "accuracy (k/n)", "95% interval", ANATOMY_ALONE, ONE_MARK, "from",
                "95% if questions were independent", "95% limit over more samples of these questions",
                "no answer", "refused", "cut off", "errors", "published",
            ],
            [_estimate(row) for row in rows],
        )
    )  # fmt: skip


def comparison_grid(rows: Sequence[ComparisonRow]) -> Grid:
    """Differences as text; columns that are empty in every row are dropped."""
    return without_empty(
        Grid(
            [
                "model", "B minus A", "A", "B", "difference (points)", "95% interval", "from", "P(B better)",
                "both / A only / B only / neither", "pairs", "unpaired", "published",
            ],
            [_comparison(row) for row in rows],
        )
    )  # fmt: skip


def contrast_grid(found: Sequence[Contrast]) -> Grid:
    """The planned contrasts as text."""
    return Grid(
        [
            "model", "contrast", "difference (points)", "95% interval", "verdict", "p (Holm)",
            "could have been shown (points)", "from", "n",
        ],
        [
            [
                one.run, one.name, words.points(one.effect), words.robust(one.robust, signed=True),
                VERDICTS[one.verdict], words.probability(one.adjusted),
                words.NONE if one.detectable is None else f"{100 * one.detectable:.1f}",
                words.evidence(one.robust), f"{one.n:,}",
            ]
            for one in found
        ],
    )  # fmt: skip


def calibration_grid(rows: Sequence[CalibrationRow]) -> Grid:
    """Calibration as text."""
    return Grid(
        [
            "model", "cell", "confidence", "likeliest option is right", "Brier score",
            "95% interval", "calibration error (points)", "95% interval",
            "questions", "bins",
        ],
        [
            [
                row.run,
                words.level(row.cell),
                words.percent(row.calibration.confidence),
                words.percent(row.calibration.right),
                f"{row.calibration.brier:.3f}",
                words.score(row.calibration.brier_interval),
                f"{100 * row.calibration.error:.1f}",
                words.robust(row.calibration.error_interval),
                str(row.calibration.n),
                str(len(row.calibration.bins)),
            ]
            for row in rows
        ],
    )  # fmt: skip


def held_grid(rows: Sequence[HeldRow]) -> Grid:
    """What was said beside what was held likely, as text."""
    return Grid(
        ["model", "said", "held likely", "share of questions (k/n)", "95% interval"],
        [
            [
                row.run,
                words.outcome(row.said),
                "the right option" if row.held == "right" else "a wrong option",
                f"{words.percent(row.k / row.n)} ({words.count(row.k)}/{row.n})",
                words.robust(row.interval),
            ]
            for row in rows
        ],
        text=3,
    )


def grids(table: Table) -> list[Grid]:
    """The grids of a table, one for each kind of rows that it has."""
    kinds: list[tuple[Sequence[Any], Callable[[Any], Grid]]] = [
        (table.estimates, estimate_grid),
        (table.comparisons, comparison_grid),
        (table.contrasts, contrast_grid),
        (table.shifts, shift_grid),
        (table.flips, flip_grid),
        (table.calibrations, calibration_grid),
        (table.held, held_grid),
        (table.consistency, consistency_grid),
        (table.positions, position_grid),
        (table.distances, distance_grid),
        (table.steps, step_grid),
        (table.agreed, agreed_grid),
        (table.faults, fault_grid),
    ]
    return [without_empty(grid(rows)) for rows, grid in kinds if rows]


def _estimate(row: EstimateRow) -> list[str]:
    found = row.estimate
    return [
        row.run,
        words.level(row.cell),
        words.accuracy(found) + (f" {words.FLAG}" if found.flagged else ""),
        words.robust(found.robust),
        _ceiling(row.ceilings.anatomy),
        _ceiling(row.ceilings.one_mark),
        words.evidence(found.robust),
        words.interval(*found.credible),
        "" if found.limit is None else words.interval(found.limit.low, found.limit.high),
        words.percent(found.no_answer) if found.no_answer else "",
        words.percent(found.refused) if found.refused else "",
        words.percent(found.truncated) if found.truncated else "",
        words.percent(found.error) if found.error else "",
        row.published or "",
    ]


def _ceiling(share: float | None) -> str:
    return "" if share is None else words.percent(share)


def _comparison(row: ComparisonRow) -> list[str]:
    found = row.comparison.paired
    if found is None:
        return [row.run, words.level(row.cell), *[words.NONE] * 9, row.published or ""]
    four = found.table
    return [
        row.run,
        words.level(row.cell),
        words.percent(found.accuracy_a),
        words.percent(found.accuracy_b),
        words.points(found.difference),
        words.robust(found.robust, signed=True),
        words.evidence(found.robust),
        words.probability(found.better),
        " / ".join(map(words.count, (four.both, four.only_a, four.only_b, four.neither))),
        str(found.n),
        words.unpaired(row.comparison),
        row.published or "",
    ]
