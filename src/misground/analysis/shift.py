"""Answer shift: whether a gain is grounding, or only one direction word that is said more often.

Take the questions whose right word is one of two opposites. A run that says "superior" more often, whatever
the picture shows, gains where "superior" is right and loses as much where "inferior" is right. So the gains
g1 and g2 of a contrast on the two halves are taken apart into (g1 + g2) / 2, which both right words share,
and (g1 - g2) / 2, the shift towards the first word. The first is the gain on a set in which both words are
right equally often. This is ours; signal detection calls the two sensitivity and criterion.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import Floats
from misground.analysis.directions import OPPOSITES
from misground.analysis.planned import stepped_down
from misground.analysis.results import Run
from misground.analysis.robust import LEVEL, Robust, robust_difference, two_sided

_KEPT: Final = ("question_id", "item_id", "case_id", "structure_a", "structure_b", "terms", "answer")


@dataclass(frozen=True)
class Split:
    """A number and its interval."""

    value: float
    robust: Robust


@dataclass(frozen=True)
class ShiftRow:
    """How a contrast B minus A falls on two opposite words.

    Attributes:
        run: name of both runs.
        contrast: what is subtracted from what, by arm.
        terms: the terms of the questions.
        words: the two opposites.
        n: number of questions where the first is right, and where the second is.
        said: how much more often B says each word, if both are right equally often.
        gains: B's accuracy minus A's where the first word is right, and where the second is.
        shared: the mean of both gains.
        shift: half their difference: above 0 towards the first word.
        p: two-sided p value of no shift; None without an interval.
        adjusted: p after Holm's correction over all shifts of a report.
    """

    run: str
    contrast: str
    terms: str
    words: tuple[str, str]
    n: tuple[int, int]
    said: tuple[float, float]
    gains: tuple[Split, Split]
    shared: Split
    shift: Split
    p: float | None
    adjusted: float | None = None

    @property
    def towards(self) -> str | None:
        """The word that B says more often, where the shift holds after the correction."""
        if self.adjusted is None or self.adjusted > 1 - LEVEL:
            return None
        return self.words[0 if self.shift.value > 0 else 1]


def shift_rows(pairs: Sequence[tuple[Run, Run]]) -> list[ShiftRow]:
    """The shifts of B minus A of some pairs (A, B), corrected together.

    Two opposites are left out where one of them is never right, since a shift cannot be told from a gain
    there.
    """
    found = [row for a, b in pairs for row in rows_of(a, b)]
    adjusted = stepped_down([row.p for row in found])
    return [replace(row, adjusted=p) for row, p in zip(found, adjusted, strict=True)]


def rows_of(a: Run, b: Run) -> Iterator[ShiftRow]:
    """The shifts of B minus A, one for each pair of opposite words, not corrected."""
    both = _paired(a, b)
    for terms, pairs in OPPOSITES.items():
        for words in pairs:
            rows = both.filter((pl.col("terms") == terms) & pl.col("answer").is_in(words))
            first = (rows["answer"] == words[0]).to_numpy()
            if not first.any() or first.all():
                continue
            gain, groups = rows["gain"].to_numpy(), groups_of(rows)
            halves = [Split(float(gain[at].mean()), _interval(gain[at], rows, at)) for at in (first, ~first)]
            g1, g2 = (half.value for half in halves)
            shift = robust_difference(gain / 2, groups, side=first)
            yield ShiftRow(
                f"{b.name} minus {a.name}",
                f"{b.arm} minus {a.arm}",
                terms,
                words,
                (int(first.sum()), int((~first).sum())),
                _said(rows, first),
                (halves[0], halves[1]),
                Split((g1 + g2) / 2, robust_difference(np.where(first, gain, -gain) / 2, groups, side=first)),
                Split((g1 - g2) / 2, shift),
                two_sided((g1 - g2) / 2, shift.dependence),
            )


def shared_gain(a: Run, b: Run) -> Split | None:
    """What B gains over A on both right words alike, over all opposites.

    In each pair of opposites both right words weigh the same; other questions keep their weight. Opposites of
    which one is never right are left out.

    Returns:
        The gain with its interval, cut at 1; None without such questions.
    """
    both = _paired(a, b).with_columns(group=_group())
    counts = pl.len().over("group", "answer") * pl.col("answer").n_unique().over("group")
    opposed = pl.col("group").str.contains(" | ", literal=True)
    kept = both.filter(~opposed | (pl.col("answer").n_unique().over("group") == 2))
    if kept.is_empty():
        return None
    weight = pl.when(opposed).then(pl.len().over("group") / counts).otherwise(1.0)
    values = kept.select(pl.col("gain") * weight).to_series().to_numpy()
    return Split(float(values.mean()), robust_difference(values, groups_of(kept)))


def _group() -> pl.Expr:
    """The terms and the opposites of a question, such as "anatomical: superior | inferior"."""
    found: pl.Expr = pl.lit("other")
    for terms, pairs in OPPOSITES.items():
        for words in pairs:
            holds = (pl.col("terms") == terms) & pl.col("answer").is_in(words)
            found = pl.when(holds).then(pl.lit(f"{terms}: {' | '.join(words)}")).otherwise(found)
    return found


def _paired(a: Run, b: Run) -> pl.DataFrame:
    """The questions that both answered, with B's gain, and how often each side said the wrong word."""
    left, right = (_answered(run.questions) for run in (a, b))
    both = left.join(
        right.select("question_id", "right", "other"), on="question_id", suffix="_b", maintain_order="left"
    )
    return both.with_columns(
        gain=pl.col("right_b") - pl.col("right"), more_other=pl.col("other_b") - pl.col("other")
    )


def _answered(questions: pl.DataFrame) -> pl.DataFrame:
    silent = pl.col("no_answer") + pl.col("refused")
    return questions.filter(pl.col("replies") > 0).select(
        *_KEPT,
        right=pl.col("correct") / pl.col("replies"),
        other=(pl.col("replies") - pl.col("correct") - silent) / pl.col("replies"),
    )


def _said(rows: pl.DataFrame, first: "np.ndarray") -> tuple[float, float]:
    """How much more often B says each word: right where it is right, and wrongly where the other is."""
    gain, other = rows["gain"].to_numpy(), rows["more_other"].to_numpy()
    return (
        float(gain[first].mean() + other[~first].mean()) / 2,
        float(gain[~first].mean() + other[first].mean()) / 2,
    )


def _interval(values: Floats, rows: pl.DataFrame, kept: "np.ndarray") -> Robust:
    return robust_difference(values, groups_of(rows).only(kept))
