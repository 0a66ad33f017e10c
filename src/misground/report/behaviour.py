"""Tables of consistency, of the place of the options, of distance, and of flipped steps, as text."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.analysis.consistency import ConsistencyRow
from misground.analysis.difficulty import DistanceRow
from misground.analysis.flips import FlipRow
from misground.analysis.position import PROBABILITY, PositionRow
from misground.records import FLIP_KINDS
from misground.report import words
from misground.report.grid import Grid

WHAT: Final[Mapping[str, str]] = {
    "all_right": "items: all wordings right",
    "all_wrong": "items: all wordings wrong",
    "mixed": "items: some right, some wrong",
    "two_wordings": "two wordings of an item: one right, one wrong",
    "terms": "contradiction between terms",
    "coordinates": "contradiction between coordinates",
    "twins": "contradiction between twins",
    "epochs": "two epochs of a question: the same option",
}
PLACES: Final = ("first", "second", "third")


def consistency_grid(rows: Sequence[ConsistencyRow]) -> Grid:
    """Consistency as text."""
    return Grid(
        [
            "model", "what", "share (k/n)", "95% interval", "if independent", "correlation", "95% interval",
            "without two answers", "from",
        ],
        [
            [
                row.run,
                WHAT[row.what],
                f"{words.percent(row.k / row.n)} ({words.count(row.k)}/{row.n})",
                words.robust(row.interval),
                words.percent(row.independent),
                "" if row.correlation is None else words.correlation(row.correlation),
                "" if row.correlation_interval is None else words.between(row.correlation_interval),
                "" if row.apart is None else words.percent(row.apart),
                words.evidence(row.interval),
            ]
            for row in rows
        ],
    )  # fmt: skip


def position_grid(rows: Sequence[PositionRow]) -> Grid:
    """The places of options as text."""
    return Grid(
        [
            "model", "options", "place", "chosen", "95% interval", "right there", "accuracy there",
            "minus elsewhere (points)", "95% interval", "from", "questions",
        ],
        [
            [
                row.run,
                f"{row.offered}, by probability" if row.by == PROBABILITY else str(row.offered),
                PLACES[row.place - 1],
                words.percent(row.chosen),
                words.robust(row.chosen_interval),
                words.percent(row.there),
                words.percent(row.accuracy),
                words.NONE if row.difference is None else words.points(row.difference),
                words.robust(row.difference_interval, signed=True),
                words.evidence(row.difference_interval),
                str(row.n),
            ]
            for row in rows
        ],
        text=3,
    )  # fmt: skip


def distance_grid(rows: Sequence[DistanceRow]) -> Grid:
    """Accuracy by distance as text."""
    return Grid(
        [
            "model", "modality", "distance (mm)", "accuracy (k/n)", "95% interval", "from",
            "minus nearest (points)", "95% interval",
        ],
        [
            [
                row.run,
                words.level(row.modality),
                f"{row.low:.1f} to {row.high:.1f}",
                words.accuracy(row.estimate) + (f" {words.FLAG}" if row.estimate.flagged else ""),
                words.robust(row.estimate.robust),
                words.evidence(row.estimate.robust),
                words.NONE if row.difference is None else words.points(row.difference),
                words.NONE if row.interval is None else words.robust(row.interval, signed=True),
            ]
            for row in rows
        ],
    )  # fmt: skip


def flip_grid(rows: Sequence[FlipRow]) -> Grid:
    """Flipped steps as text; columns that are empty in every row may be dropped."""
    return Grid(
        [
            "model", "replies", "steps", "flipped", "antonym", "variant", "other", "before the answer's word",
            "in the answer's word", "behind it", "no such word", "replies flipped in it: right / wrong",
            "flipped, not kept",
        ],
        [
            [
                row.run,
                f"{row.replies:,}",
                "" if row.steps is None else f"{row.steps:,}",
                f"{row.flipped + row.left_out:,}{_share(row)}",
                *(f"{row.kinds[kind]:,}" for kind in FLIP_KINDS),
                f"{row.before:,}",
                f"{row.within:,}",
                f"{row.behind:,}" if row.behind else "",
                f"{row.unplaced:,}" if row.unplaced else "",
                f"{row.right:,} / {row.wrong:,}",
                f"{row.left_out:,}" if row.left_out else "",
            ]
            for row in rows
        ],
        text=1,
    )  # fmt: skip


def _share(row: FlipRow) -> str:
    flipped = row.flipped + row.left_out
    return f" ({words.percent(flipped / row.steps)})" if row.steps else ""
