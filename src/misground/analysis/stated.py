"""Which of the options each reply states, by its place in the order in which they were offered."""

from typing import Final

import numpy as np
import polars as pl

from misground.analysis.dependence import Indices
from misground.analysis.results import ABSENT, Run

NOWHERE: Final = -1
"""Stands for the place of an answer that is none of the options, or whose options are unknown."""


def right_places(questions: pl.DataFrame) -> Indices:
    """(n,) place of the right option among those offered, from 0; `NOWHERE` if it is not among them.

    Args:
        questions: rows of `Run.questions`.
    """
    return np.array(
        [
            options.index(answer) if options and answer in options else NOWHERE
            for options, answer in zip(
                questions["options"].to_list(), questions["answer"].to_list(), strict=True
            )
        ],
        dtype=np.int64,
    )


def stated(run: Run) -> pl.DataFrame:
    """The option that each reply states; a correct reply states the right one.

    Args:
        run: the run.

    Returns:
        One row per reply that states an option: `question` (row of `Run.questions`), `place` (of the option,
        from 0), `right` (whether it is the right one). Replies without an answer, refused and failed calls
        have no row.
    """
    questions = run.questions.select("answer", "options").with_row_index("question")
    questions = questions.with_columns(pl.col("question").cast(pl.Int64))
    places = (
        questions.select("question", "options", place=pl.int_ranges(pl.col("options").list.len()))
        .explode("options", "place")
        .drop_nulls()
        .unique(["question", "options"], keep="first", maintain_order=True)
    )
    right = pl.col("outcome") == "correct"
    return (
        run.replies.filter(pl.col("outcome").is_in(["correct", "wrong"]))
        .join(questions.select("question", "answer"), on="question", how="left", maintain_order="left")
        .select("question", right=right, said=pl.when(right).then("answer").otherwise("extracted"))
        .join(
            places,
            left_on=["question", "said"],
            right_on=["question", "options"],
            how="inner",
            maintain_order="left",
        )
        .select("question", pl.col("place").cast(pl.Int64), "right")
    )


def asked(run: Run, said: pl.DataFrame) -> pl.DataFrame:
    """The questions of a run with what their replies state.

    Args:
        run: the run.
        said: `stated(run)`.

    Returns:
        `Run.questions` with `calls` (replies and errors), `stated` (replies that state an option), `right`
        (those that state the right one), `place` (of the right option) and `offered` (number of options).
    """
    counts = said.group_by("question").agg(stated=pl.len(), right=pl.col("right").sum())
    calls = (run.questions["outcomes"].to_numpy() != ABSENT).sum(axis=1)
    return (
        run.questions.with_columns(
            question=pl.Series(np.arange(len(run.questions))),
            calls=pl.Series(calls),
            place=pl.Series(right_places(run.questions)),
            offered=pl.col("options").list.len().fill_null(0).cast(pl.Int64),
        )
        .join(counts, on="question", how="left", maintain_order="left")
        .with_columns(pl.col("stated", "right").fill_null(0).cast(pl.Int64))
    )
