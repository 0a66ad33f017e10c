"""Confusion of directions: how often a model answered inferior for superior, right for left, ...

Each question counts once, however often it was asked: each of its scored replies has weight 1/replies. The
share on the diagonal is therefore the accuracy on the questions with that answer. Errors are excluded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from misground.analysis.cells import select
from misground.analysis.results import Run
from misground.analysis.robust import credible_interval
from misground.anatomy.directions import anatomical_words, colloquial_words, lay_words
from misground.records import RELATION_TASKS

NO_WORD: Final = ("no_answer", "refused")
OTHER: Final = "other"
"""Stands for a reply that is not a word of the question's terms."""


def _pair(words: Mapping[int, str]) -> tuple[str, str]:
    return words[1], words[-1]


OPPOSITES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "anatomical": (
        *(_pair(anatomical_words(axis)) for axis in ("z", "y", "x")),
        _pair(anatomical_words("x", "right")),
    ),
    "colloquial": tuple(_pair(colloquial_words(axis)) for axis in ("row", "column", "frame")),
    "lay": (*(_pair(lay_words(axis)) for axis in ("z", "y", "x")), _pair(lay_words("x", "right"))),
}
"""terms -> pairs of opposite words, in display order."""


@dataclass(frozen=True)
class Said:
    """How often `said` was the reply when `answer` was correct.

    Attributes:
        answer: the correct answer.
        said: a word of the same terms, "no_answer", "refused" or "other".
        k: number of questions, fractional if epochs differ.
        n: number of questions with that correct answer and a scored reply.
    """

    answer: str
    said: str
    k: float
    n: int

    @property
    def share(self) -> float:
        """k/n, the share of the questions with this correct answer."""
        return self.k / self.n

    @property
    def credible(self) -> tuple[float, float]:
        """The 95% credible interval of the share."""
        return credible_interval(self.k, self.n)


def directions(terms: str) -> tuple[str, ...]:
    """The words of these terms, opposites side by side; empty for unknown terms."""
    return tuple(word for pair in OPPOSITES.get(terms, ()) for word in pair)


def confusion(run: Run, terms: str, **levels: str | Sequence[str]) -> list[Said]:
    """What was said for each correct answer, in the order of `directions`.

    Args:
        run: the run.
        terms: anatomical, colloquial or lay.
        levels: restricts the questions, as in `select`; the default is relations with a picture.

    Returns:
        For each correct answer that occurs: the word itself, its opposite (even if it was never said), and
        whatever else was said. The k of each correct answer sum to its n.
    """
    levels = {"condition": "image", "task": RELATION_TASKS, **levels}
    words = directions(terms)
    asked = select(run.questions.with_row_index("question"), terms=terms, **levels)
    asked = asked.filter((pl.col("replies") > 0) & pl.col("answer").is_in(words))
    replies = (
        asked.select(pl.col("question").cast(pl.Int64), "answer", "replies")
        .join(run.replies.select("question", "outcome", "extracted"), on="question")
        .filter(pl.col("outcome") != "error")
        .with_columns(weight=1 / pl.col("replies"), said=_said(words))
    )
    counts = {
        (answer, said): k
        for answer, said, k in replies.group_by("answer", "said").agg(pl.col("weight").sum()).iter_rows()
    }
    totals = dict(asked.group_by("answer").len().iter_rows())
    opposite = {one: other for pair in OPPOSITES.get(terms, ()) for one, other in (pair, pair[::-1])}
    return [
        Said(answer, said, counts.get((answer, said), 0.0), totals[answer])
        for answer in words
        if answer in totals
        for said in (*words, *NO_WORD, OTHER)
        if said in (answer, opposite[answer]) or (answer, said) in counts
    ]


def _said(words: Sequence[str]) -> pl.Expr:
    """The outcome takes precedence over the word: a correct reply said the correct word."""
    return (
        pl.when(pl.col("outcome").is_in(NO_WORD))
        .then(pl.col("outcome"))
        .when(pl.col("outcome") == "correct")
        .then(pl.col("answer"))
        .when(pl.col("extracted").is_in(words))
        .then(pl.col("extracted"))
        .otherwise(pl.lit(OTHER))
    )
