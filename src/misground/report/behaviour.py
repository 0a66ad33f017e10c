"""Tables of consistency, of the place of the options, of distance and of answer shifts, as text."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.analysis.consistency import ConsistencyRow
from misground.analysis.difficulty import DistanceRow
from misground.analysis.position import PROBABILITY, PositionRow
from misground.analysis.screen import LEAST_MODELS, Agreed
from misground.analysis.shift import ShiftRow
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
    "anatomical": "anatomical terms: same answer, however turned or marked",
    "geometry": "colloquial terms: answer turns with the picture",
    "reversed_right": "B relative to A: both right",
    "reversed_wrong": "B relative to A: both wrong",
    "reversed": "B relative to A: contradiction",
    "reordered_right": "options exchanged: both right",
    "reordered_wrong": "options exchanged: both wrong",
    "reordered": "options exchanged: contradiction",
    "mirrored_right": "picture mirrored: both right",
    "mirrored_wrong": "picture mirrored: both wrong",
    "mirrored": "picture mirrored: answers do not turn with it",
    "order": "three structures: answers go in a circle",
    "anatomy": "anatomy against the picture: follows anatomy",
    "epochs": "two epochs of a question: the same option",
}
PLACES: Final = ("first", "second", "third")


def consistency_grid(rows: Sequence[ConsistencyRow]) -> Grid:
    """Consistency as text."""
    return Grid(
        [
            "model", "what", "share (k/n)", "95% interval", "if independent", "correlation", "95% interval",
            "without two answers", "follows anatomy against the picture", "from",
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
                "" if row.follows is None else _follows(*row.follows),
                words.evidence(row.interval),
            ]
            for row in rows
        ],
    )  # fmt: skip


def _follows(k: float, n: int) -> str:
    return f"{words.percent(k / n)} ({words.count(k)}/{n})"


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


def agreed_grid(rows: Sequence[Agreed]) -> Grid:
    """The items on which all models agree, as text."""
    return Grid(
        [
            "models", "items", "all right", "if independent", "all wrong", "if independent",
            "models above guessing", "labels to look at",
        ],
        [
            [
                ", ".join(row.models),
                f"{row.items:,}",
                f"{row.right:,}",
                f"{row.right_independent:.1f}",
                f"{row.wrong:,}",
                f"{row.wrong_independent:.1f}",
                str(len(row.strong)),
                f"{len(row.suspects):,}" if len(row.strong) >= LEAST_MODELS else words.NONE,
            ]
            for row in rows
        ],
        text=1,
    )  # fmt: skip


def shift_grid(rows: Sequence[ShiftRow]) -> Grid:
    """Answer shifts as text."""
    return Grid(
        [
            "model", "words", "first said more (points)", "second said more", "gain where the first is right",
            "gain where the second is right", "shared", "95% interval", "towards the first", "95% interval",
            "verdict", "n",
        ],
        [
            [
                row.run,
                f"{row.words[0]} / {row.words[1]} ({words.level(row.terms)})",
                *(words.points(said) for said in row.said),
                *(words.points(gain.value) for gain in row.gains),
                words.points(row.shared.value),
                words.robust(row.shared.robust, signed=True),
                words.points(row.shift.value),
                words.robust(row.shift.robust, signed=True),
                "not shown" if row.towards is None else f"towards {row.towards}",
                f"{row.n[0]:,} + {row.n[1]:,}",
            ]
            for row in rows
        ],
    )  # fmt: skip
