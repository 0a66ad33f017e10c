"""What a model held likely, beside what it said: the column `option_logprobs` as a row per question.

The probability of an option is its share of the options' probabilities, from their raw sums: what the model
gives it, given that it answers with one of the options.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import Floats, Groups
from misground.analysis.results import Run
from misground.dialogue.options import chosen, shares
from misground.records import OUTCOMES, Outcome

SAID: Final[tuple[Outcome, ...]] = tuple(outcome for outcome in OUTCOMES if outcome != "error")


@dataclass(frozen=True)
class Held:
    """What a run held likely, one entry per question: means over the epochs that record it.

    Attributes:
        questions: rows of `Run.questions` with such an epoch.
        confidence: (n,) probability of the option that was held most likely.
        right: (n,) share of epochs in which that option is the right one.
        brier: (n,) Brier score: the sum over the options of the squared difference between its probability
            and 1 (the right one) or 0 (others).
        said: for each outcome, the (n, 2) shares of epochs with this outcome in which another option, or the
            right one, was held most likely.
        groups: what the questions belong to.
    """

    questions: pl.DataFrame
    confidence: Floats
    right: Floats
    brier: Floats
    said: dict[Outcome, Floats]
    groups: Groups


def held(run: Run) -> Held | None:
    """What a run held likely; None if no reply records it."""
    replies = run.replies.filter(pl.col("option_logprobs").list.len() > 0)
    if replies.is_empty():
        return None
    answers = run.questions["answer"].to_list()
    rows = [
        {"question": row["question"], **_measured(row["option_logprobs"], answers[row["question"]])}
        for row in replies.select("question", "option_logprobs").iter_rows(named=True)
    ]
    measured = pl.DataFrame(rows).with_columns(replies["outcome"])
    means = (
        measured.with_columns(
            (((pl.col("outcome") == outcome) & (pl.col("right") == right)).cast(pl.Float64)).alias(
                f"{outcome} {right:g}"
            )
            for outcome in SAID
            for right in (0.0, 1.0)
        )
        .drop("outcome")
        .group_by("question")
        .mean()
        .sort("question")
    )
    questions = run.questions[means["question"].to_list()]
    return Held(
        questions,
        confidence=means["confidence"].to_numpy(),
        right=means["right"].to_numpy(),
        brier=means["brier"].to_numpy(),
        said={outcome: means.select(f"{outcome} 0", f"{outcome} 1").to_numpy() for outcome in SAID},
        groups=groups_of(questions),
    )


def says_what_it_holds(run: Run) -> bool:
    """Whether the outcomes of a run are read from the probabilities (`--read options`), not from the text."""
    settings = (run.record or {}).get("settings")
    return isinstance(settings, dict) and settings.get("read") == "options"


def _measured(scored: list[dict[str, Any]], answer: str) -> dict[str, float]:
    options = [one["option"] for one in scored]
    likely = np.array(shares([one["raw"] for one in scored]))
    return {
        "confidence": float(likely.max()),
        "right": float(chosen(scored) == answer),
        "brier": float(np.square(likely - [option == answer for option in options]).sum()),
    }
