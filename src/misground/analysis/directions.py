"""Which direction was said for which: how often superior became inferior, left became right, ...

A question counts once, however often it was asked: each of its scored replies weighs 1/replies. The share on
the diagonal is then the accuracy of the questions with that right answer. An error is no reply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from misground.analysis.accuracy import credible_interval
from misground.analysis.cells import select
from misground.analysis.results import Run
from misground.anatomy.directions import anatomical_words, colloquial_words, lay_words
from misground.records import RELATION_TASKS

NO_WORD: Final = ("no_answer", "refused")
OTHER: Final = "other"
"""What was said where it is none of the words of its terms."""


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
"""terms -> its pairs of opposite words, in the order in which they are shown."""


@dataclass(frozen=True)
class Said:
    """How often `said` was the reply where `answer` was right.

    said: a word of the same terms, "no_answer", "refused" or "other". k: questions, in parts of one where
    epochs differ. n: questions with that right answer and a scored reply.
    """

    answer: str
    said: str
    k: float
    n: int

    @property
    def share(self) -> float:
        """k/n, of the questions with this right answer."""
        return self.k / self.n

    @property
    def credible(self) -> tuple[float, float]:
        """The 95% credible interval of the share."""
        return credible_interval(self.k, self.n)


def directions(terms: str) -> tuple[str, ...]:
    """The words of these terms, opposites side by side; none for terms that are not known."""
    return tuple(word for pair in OPPOSITES.get(terms, ()) for word in pair)


def confusion(run: Run, terms: str, **levels: str | Sequence[str]) -> list[Said]:
    """What was said for each right answer, in the order of `directions`.

    Args:
        levels: which questions, as `select` takes them; by default those that ask where A lies from B, with
            the picture.

    Returns:
        For each right answer that occurs: the word itself, its opposite (also where it was never said), and
        whatever else was said. The k of a right answer sum to its n.
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
    """The outcome stands before the word: a right reply said the right word."""
    return (
        pl.when(pl.col("outcome").is_in(NO_WORD))
        .then(pl.col("outcome"))
        .when(pl.col("outcome") == "correct")
        .then(pl.col("answer"))
        .when(pl.col("extracted").is_in(words))
        .then(pl.col("extracted"))
        .otherwise(pl.lit(OTHER))
    )
