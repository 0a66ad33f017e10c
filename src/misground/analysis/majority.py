"""The majority of several replies to a question: what drawing more often, and no other rule, would give.

Its accuracy beside that of one reply shows how much of a gain more tokens alone can buy (self-consistency:
Wang et al. 2023, arXiv 2203.11171).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from misground.analysis.results import CORRECT, NO_ANSWER, WRONG, Run

OF: Final = (3, 5)
"""Numbers of replies of which a majority is taken."""


def majority(run: Run, of: int) -> Run | None:
    """A run in which each question is answered once, by the majority of its first replies.

    Errors do not count as replies. A reply without an answer has no vote; of options with equally many votes,
    the one that was said first wins; without any vote there is no answer.

    Args:
        run: a run with several epochs.
        of: number of replies of each question, in the order of their epochs.

    Returns:
        The run, of the questions with that many replies, with the tokens of all of them; None if there are no
        such questions.
    """
    replies = (
        run.replies.filter(pl.col("outcome") != "error")
        .sort("question", "epoch", maintain_order=True)
        .with_columns(place=pl.int_range(pl.len()).over("question"))
        .filter(pl.col("place") < of)
    )
    whole = replies.group_by("question", maintain_order=True).agg(
        pl.len().alias("many"), pl.col("output_tokens").sum()
    )
    whole = whole.filter(pl.col("many") == of)
    if whole.is_empty():
        return None
    votes = (
        replies.filter(pl.col("extracted").is_not_null())
        .group_by("question", "extracted", maintain_order=True)
        .agg(pl.len().alias("votes"), pl.col("place").min())
        .sort("question", "votes", "place", descending=[False, True, False])
        .unique("question", keep="first", maintain_order=True)
    )
    chosen = whole.join(votes, on="question", how="left", maintain_order="left")
    questions = run.questions[chosen["question"]]
    said = chosen["extracted"]
    code = (
        pl.when(said.is_null())
        .then(NO_ANSWER)
        .when(said.eq_missing(questions["answer"]))
        .then(CORRECT)
        .otherwise(WRONG)
    )
    codes = pl.select(code.cast(pl.Int8)).to_series()
    none = pl.zeros(len(questions), dtype=pl.Int64, eager=True)
    counted = questions.with_columns(
        replies=none + 1,
        correct=(codes == CORRECT).cast(pl.Int64),
        no_answer=(codes == NO_ANSWER).cast(pl.Int64),
        refused=none,
        errors=none,
        truncated=none,
        outcomes=codes.reshape((len(codes), 1)),
    )
    outcomes = codes.replace_strict([CORRECT, WRONG, NO_ANSWER], ["correct", "wrong", "no_answer"])
    kept = {
        "question": pl.int_range(len(chosen), eager=True),
        "epoch": none + 1,
        "outcome": outcomes,
        "extracted": said,
        "output_tokens": chosen["output_tokens"],
    }
    empty = {
        name: pl.Series([None] * len(chosen), dtype=kind)
        for name, kind in run.replies.schema.items()
        if name not in kept
    }
    return replace(
        run,
        name=f"majority of {of} of {run.name}",
        run_id=f"{run.run_id}-majority-{of}",
        arm=f"majority-{of}",
        questions=counted,
        replies=pl.DataFrame({**kept, **empty}).select(run.replies.columns),
    )


def majorities(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """(run, its majority of n) for each default arm of a model with that many epochs, and each n of `OF`."""
    found = [
        (run, majority(run, of))
        for run in runs
        if run.arm == "default" and not run.baseline and run.epochs >= min(OF)
        for of in OF
    ]
    return [(run, voted) for run, voted in found if voted is not None]


def tokens_a_question(run: Run) -> float | None:
    """Mean output tokens of a reply; None where they are not known."""
    found = run.replies["output_tokens"].cast(pl.Float64).mean()
    return float(found) if isinstance(found, float) else None
