"""Accuracy in cells: any combination of levels of the factors."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.accuracy import Estimate, estimate
from misground.analysis.clusters import Indices
from misground.analysis.results import ABSENT, CORRECT, ERROR
from misground.records import LEVELS

FACTORS: Final = tuple(LEVELS)
WITHIN: Final = ("coordinates", "prompt", "terms", "condition")
"""Factors that vary within an item, and are compared within items."""


def select(questions: pl.DataFrame, **levels: str | Sequence[str]) -> pl.DataFrame:
    """The questions at these levels: `select(rows, condition="image", task=("in_plane", "cross_slice"))`."""
    for name, wanted in levels.items():
        allowed = [wanted] if isinstance(wanted, str) else list(wanted)
        questions = questions.filter(pl.col(name).is_in(allowed))
    return questions


def without_pictures(questions: pl.DataFrame) -> bool:
    """Whether none of these questions shows a picture: then they hang together by what they ask about."""
    return len(questions) > 0 and bool((questions["condition"] == "text_only").all())


def cluster_ids(questions: pl.DataFrame, *, by_pair: bool | None = None) -> Indices:
    """Which cluster each question is in: its case; where none shows a picture its two structures and axis.

    A cell that mixes both goes by case for all: clusters of two kinds, one of them large, would make an
    interval that is much too narrow.

    by_pair: True takes the structures, False the case, whatever the questions are.
    """
    pair = pl.concat_str(
        pl.min_horizontal("structure_a", "structure_b"),
        pl.max_horizontal("structure_a", "structure_b"),
        "axis",
        separator="\0",
        ignore_nulls=True,
    )
    if by_pair is None:
        by_pair = without_pictures(questions)
    names = questions.select(key=pair if by_pair else pl.col("case_id"))["key"]
    return names.rank("dense").cast(pl.Int64).to_numpy()


def chance(questions: pl.DataFrame) -> float:
    """The accuracy that guessing gives on average: slice_direction has three options, the others two."""
    options = questions.select(pl.when(pl.col("task") == "slice_direction").then(3).otherwise(2))
    return float((1 / options.to_series()).mean() or 0.0)  # type: ignore[arg-type]


def estimate_of(questions: pl.DataFrame) -> Estimate:
    """Accuracy on rows of `Run.questions`."""
    counts = questions.select("correct", "replies", "no_answer", "refused", "errors").to_numpy().astype(float)
    codes = questions["outcomes"].to_numpy()
    answered = (codes != ABSENT) & (codes != ERROR)
    right = np.where(answered, codes == CORRECT, -1).astype(np.int8)
    return estimate(
        correct=counts[:, 0],
        replies=counts[:, 1],
        clusters=cluster_ids(questions),
        no_answer=counts[:, 2],
        refused=counts[:, 3],
        errors=counts[:, 4],
        by_epoch=right,
    )


def by(questions: pl.DataFrame, *factors: str) -> Iterator[tuple[dict[str, str], Estimate]]:
    """Each combination of levels that occurs, in the order of `LEVELS`, with its estimate.

    Questions without a level (slice_direction has no axis) are in no cell of that factor.
    """
    questions = questions.drop_nulls(list(factors))
    parts = questions.partition_by(list(factors), as_dict=True)
    for key in sorted(parts, key=lambda levels: _rank(factors, levels)):
        yield dict(zip(factors, map(str, key), strict=True)), estimate_of(parts[key])


def _rank(factors: Sequence[str], levels: Sequence[object]) -> list[tuple[int, str]]:
    ranks = []
    for factor, level in zip(factors, levels, strict=True):
        order = LEVELS.get(factor, ())
        ranks.append((order.index(str(level)) if level in order else len(order), str(level)))
    return ranks
