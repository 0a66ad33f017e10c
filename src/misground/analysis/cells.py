"""Accuracy in cells, that is, in combinations of levels of the factors."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.accuracy import Estimate, estimate
from misground.analysis.dependence import NONE, Groups
from misground.analysis.results import ABSENT, CORRECT, ERROR
from misground.records import LEVELS

FACTORS: Final = tuple(LEVELS)
WITHIN: Final = ("coordinates", "prompt", "terms", "condition")
"""Factors that vary within an item and are compared within items."""


def select(questions: pl.DataFrame, **levels: str | Sequence[str]) -> pl.DataFrame:
    """The questions at some levels, for example `select(rows, condition="image", prompt=("mask", "box"))`.

    Args:
        questions: rows of `Run.questions`.
        levels: for each factor, the level or levels to keep.
    """
    for name, wanted in levels.items():
        allowed = [wanted] if isinstance(wanted, str) else list(wanted)
        questions = questions.filter(pl.col(name).is_in(allowed))
    return questions


def groups_of(questions: pl.DataFrame) -> Groups:
    """What each question belongs to: its case, the structures that it asks about, its item.

    Args:
        questions: rows of `Run.questions`, or pairs of them with these columns.
    """
    named = pl.concat([questions["structure_a"], questions["structure_b"]])
    number = named.rank("dense").cast(pl.Int64).fill_null(NONE).to_numpy()
    cases, items = (
        questions[name].rank("dense").cast(pl.Int64).to_numpy() for name in ("case_id", "item_id")
    )
    return Groups(cases, np.column_stack(np.split(number, 2)), items)


def chance_of(questions: pl.DataFrame) -> pl.Series:
    """The chance of guessing each question: slice_direction has three options, the other tasks two."""
    return questions.select(chance=1 / pl.when(pl.col("task") == "slice_direction").then(3).otherwise(2))[
        "chance"
    ]


def chance(questions: pl.DataFrame) -> float:
    """The mean accuracy of guessing; 0 without questions."""
    return float(chance_of(questions).mean() or 0.0)  # type: ignore[arg-type]


def estimate_of(questions: pl.DataFrame) -> Estimate:
    """The accuracy on rows of `Run.questions`."""
    names = ("correct", "replies", "no_answer", "refused", "errors", "truncated")
    counts = questions.select(names).to_numpy().astype(float)
    codes = questions["outcomes"].to_numpy()
    answered = (codes != ABSENT) & (codes != ERROR)
    right = np.where(answered, codes == CORRECT, -1).astype(np.int8)
    return estimate(
        correct=counts[:, 0],
        replies=counts[:, 1],
        groups=groups_of(questions),
        no_answer=counts[:, 2],
        refused=counts[:, 3],
        errors=counts[:, 4],
        truncated=counts[:, 5],
        by_epoch=right,
    )


def by(questions: pl.DataFrame, *factors: str) -> Iterator[tuple[dict[str, str], Estimate]]:
    """Each combination of levels that occurs, in the order of `LEVELS`, with its estimate.

    Questions without a level of a factor are left out (slice_direction has no axis).

    Args:
        questions: rows of `Run.questions`.
        factors: names of the factors to combine.
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
