"""Agreement between epochs: whether a model states the same option when it is asked again.

At temperature 0 the agreement is complete by construction.
"""

from typing import Final

import numpy as np
import polars as pl

from misground.analysis.agreement import Agreement, Pairs, agreement
from misground.analysis.cells import groups_of

_WORDING: Final = ("task", "condition", "terms", "coordinates", "prompt", "place", "offered")


def repeats(questions: pl.DataFrame, said: pl.DataFrame) -> Agreement | None:
    """How often two replies to one question state different options; None if no question has two.

    The accuracy is taken within task, condition, wording and the place of the right option.

    Args:
        questions: `stated.asked` of a run.
        said: `stated.stated` of the run.
    """
    counts = said.group_by("question", "place").agg(said=pl.len())
    same = counts.group_by("question").agg(same=(pl.col("said") * (pl.col("said") - 1)).sum())
    twice = questions.filter(
        (pl.col("stated") >= 2) & (pl.col("offered") >= 2) & (pl.col("place") >= 0)
    ).join(same, on="question", how="left", maintain_order="left")
    if twice.is_empty():
        return None
    number = twice["stated"].to_numpy().astype(float)
    right = twice["right"].to_numpy() / number
    cell = twice.select(pl.struct(_WORDING).rank("dense")).to_series().cast(pl.Int64).to_numpy() - 1
    return agreement(
        Pairs(
            differ=1 - twice["same"].to_numpy() / (number * (number - 1)),
            right=np.column_stack([right] * 2),
            cells=np.column_stack([cell] * 2),
            answers=np.column_stack([number / 2] * 2),
            options=twice["offered"].to_numpy(),
            groups=groups_of(twice),
        )
    )
