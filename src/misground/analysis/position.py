"""Position bias: whether a model prefers a place in the list of options.

The draw puts the right option at each place equally often, so a model without such a bias is right as often
where the right option comes first as where it comes last.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import Floats, Groups
from misground.analysis.results import Run
from misground.analysis.robust import Robust, robust_accuracy, robust_difference
from misground.analysis.stated import asked, stated
from misground.dialogue.options import shares

OFFERED: Final = (2, 3)
"""Numbers of options that the tasks offer."""
STATED, PROBABILITY = "stated", "probability"


@dataclass(frozen=True)
class PositionRow:
    """One place in the list of options.

    Attributes:
        run: name of the run.
        by: `STATED` for the option that replies state, `PROBABILITY` for the model's own probabilities.
        offered: number of options.
        place: the place, from 1.
        n: number of questions, with a stated option or with probabilities.
        chosen: share of answers that state the option at this place, or its mean probability.
        chosen_interval: its interval.
        there: share of these questions whose right option stands at this place.
        accuracy: accuracy, or mean probability of the right option, where it stands at this place; None if
            it never does.
        difference: this less the same where the right option stands elsewhere; None if either is missing.
        difference_interval: its interval.
    """

    run: str
    by: str
    offered: int
    place: int
    n: int
    chosen: float
    chosen_interval: Robust
    there: float
    accuracy: float | None
    difference: float | None
    difference_interval: Robust


def position_rows(run: Run) -> list[PositionRow]:
    """The places of a run's options, by what replies state and by probability where it was recorded."""
    states = stated(run)
    questions = asked(run, states).filter(pl.col("place") >= 0)
    said = _said(states, questions)
    held = _held(run, questions)
    return [
        row
        for offered in OFFERED
        for by, part in ((STATED, said), (PROBABILITY, held))
        if part is not None
        for row in _rows(run.name, by, offered, part.filter(pl.col("offered") == offered))
    ]


def _said(states: pl.DataFrame, questions: pl.DataFrame) -> pl.DataFrame:
    """Questions with a stated option: `shares` of the places among these, and the `score` of the question."""
    places = [pl.col("place").eq(place).mean().alias(str(place)) for place in range(max(OFFERED))]
    chosen = states.group_by("question").agg(places)
    return (
        questions.join(chosen, on="question", how="inner", maintain_order="left")
        .filter(pl.col("replies") > 0)
        .with_columns(score=pl.col("correct") / pl.col("replies"))
    )


def _held(run: Run, questions: pl.DataFrame) -> pl.DataFrame | None:
    """Questions with probabilities of their options: means over epochs."""
    replies = run.replies.filter(pl.col("option_logprobs").list.len() > 0)
    if replies.is_empty():
        return None
    options = run.questions["options"].to_list()
    rows = []
    for row in replies.select("question", "option_logprobs").iter_rows(named=True):
        scored = row["option_logprobs"]
        likely = dict(
            zip([one["option"] for one in scored], shares([one["raw"] for one in scored]), strict=True)
        )
        offered = options[row["question"]] or []
        rows.append(
            {"question": row["question"]}
            | {
                str(at): likely.get(offered[at] if at < len(offered) else "", 0.0)
                for at in range(max(OFFERED))
            }
        )
    means = pl.DataFrame(rows).group_by("question").mean()
    right = pl.coalesce(pl.when(pl.col("place") == at).then(pl.col(str(at))) for at in range(max(OFFERED)))
    found = questions.join(means, on="question", how="inner", maintain_order="left")
    return found.with_columns(score=right)


def _rows(run: str, by: str, offered: int, part: pl.DataFrame) -> Iterator[PositionRow]:
    if part.is_empty():
        return
    groups, score, right = groups_of(part), part["score"].to_numpy(), part["place"].to_numpy()
    for place in range(offered):
        chosen, here = part[str(place)].to_numpy(), right == place
        effect, interval = _difference(score, here, groups)
        yield PositionRow(
            run=run,
            by=by,
            offered=offered,
            place=place + 1,
            n=len(part),
            chosen=float(chosen.mean()),
            chosen_interval=robust_accuracy(chosen, groups),
            there=float(here.mean()),
            accuracy=float(score[here].mean()) if here.any() else None,
            difference=effect,
            difference_interval=interval,
        )


def _difference(score: Floats, here: "np.ndarray", groups: Groups) -> tuple[float | None, Robust]:
    interval = robust_difference(score, groups, side=here)
    if here.all() or not here.any():
        return None, interval
    return float(score[here].mean() - score[~here].mean()), interval
