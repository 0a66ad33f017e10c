"""Pairs of a question and the probe that repeats it with one change, and how their answers go together."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import Floats, Groups
from misground.analysis.fault_measures import Answers, pairs_with
from misground.records import Probe

TWINS: Final[tuple[Probe, ...]] = ("reversed", "reordered", "mirrored")
"""The probes that repeat a question, so that both answers must be right or wrong together."""
_CELL: Final = ("task", "condition", "terms", "coordinates", "prompt")


@dataclass(frozen=True)
class TwinPairs:
    """Pairs in which both questions have a stated answer, any epoch with any epoch.

    Attributes:
        right: (n,) share of combinations of epochs in which both are right.
        wrong: (n,) both are wrong.
        contradiction: (n,) one is right and the other wrong: both cannot be true.
        level: (n, 2) accuracy of the first and of the second answers in their wording.
        groups: what the pairs belong to.
        rows: the questions, with `share` and `share_probe`.
    """

    right: Floats
    wrong: Floats
    contradiction: Floats
    level: Floats
    groups: Groups
    rows: pl.DataFrame

    @property
    def independent(self) -> Floats:
        """(n,) the share of contradictions if answers were independent and equally accurate."""
        a, b = self.level.T
        return np.asarray(a * (1 - b) + b * (1 - a))


def twin_pairs(answers: Answers, probe: Probe) -> TwinPairs | None:
    """The pairs of a run with one kind of probe; None if it has none."""
    rows = pairs_with(answers, probe)
    if rows.is_empty():
        return None
    first, second = (rows[name].to_numpy() for name in ("share", "share_probe"))
    level = rows.select(
        pl.col("share").mean().over(*_CELL, "place"),
        pl.col("share_probe").mean().over(*_CELL, "place"),
    ).to_numpy()
    return TwinPairs(
        right=first * second,
        wrong=(1 - first) * (1 - second),
        contradiction=first * (1 - second) + second * (1 - first),
        level=level,
        groups=groups_of(rows),
        rows=rows,
    )
