"""Following anatomy: what a run answers where the anatomy prior and the picture disagree.

They disagree where a body is unusual, and on mirrored pictures (probe `mirrored`). With two options, an
answer that follows the prior there is a wrong one, so the level to compare with is how often the run is wrong
where the prior agrees with the picture: in the same wording, or on the picture that is not mirrored.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import Floats, Groups
from misground.analysis.fault_measures import Answers, pairs_with
from misground.analysis.wordings import seen_relations

_CELL = ("task", "terms", "coordinates", "prompt")


@dataclass(frozen=True)
class Following:
    """Questions about which the prior and the picture disagree.

    Attributes:
        follows: (n,) share of the stated answers to each that follow the prior.
        otherwise: (n,) share that is wrong where the two agree.
        groups: what the questions belong to.
    """

    follows: Floats
    otherwise: Floats
    groups: Groups


def following(answers: Answers) -> Following | None:
    """The questions of a run with a picture where the prior disagrees; None if there are none.

    Args:
        answers: what the run states; without the column `anatomy`, there are none.
    """
    if "anatomy" not in answers.said.columns:
        return None
    seen = seen_relations(answers.said)
    agreed = seen.filter(pl.col("anatomy") == 1).group_by(_CELL).agg(otherwise=1 - pl.col("share").mean())
    unusual = seen.filter(pl.col("anatomy") == 0).join(agreed, on=list(_CELL), how="left")
    mirrored = pairs_with(answers, "mirrored").filter(
        (pl.col("task") == "in_plane") & (pl.col("anatomy") == 1)
    )
    kept = ["case_id", "item_id", "structure_a", "structure_b"]
    parts = [
        unusual.select(*kept, follows=1 - pl.col("share"), otherwise="otherwise"),
        mirrored.select(*kept, follows=1 - pl.col("share_probe"), otherwise=1 - pl.col("share")),
    ]
    rows = pl.concat(parts).drop_nulls("otherwise")
    if rows.is_empty():
        return None
    follows, otherwise = (np.asarray(rows[name], dtype=float) for name in ("follows", "otherwise"))
    return Following(follows, otherwise, groups_of(rows))
