"""Accuracy against the evidence of a fact, as a curve with its band.

Each point of the curve is the accuracy on a fixed share of the items, those whose evidence lies nearest (a
moving average), so that the curve is as smooth where there are few. The band is the 95% interval of each
point by itself, robust as all intervals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.results import Run
from misground.analysis.robust import Ends, robust_accuracy
from misground.analysis.wordings import seen_relations
from misground.records import LEVELS

Evidence = Literal["mm", "p", "size", "frames"]
EVIDENCE: Final[tuple[Evidence, ...]] = get_args(Evidence)
"""mm: distance of the centroids along the asked axis; p: probability that a voxel of one structure lies on
the side of a voxel of the other that the answer says. size: area of the box of the smaller structure in mm2.
frames: number of frames of a stack that show both structures."""
POINTS: Final = 9
NEAR: Final = 0.4
"""Share of the items that a point of the curve takes into account."""
LEAST: Final = 20
"""Fewest items of a curve."""


@dataclass(frozen=True)
class CurvePoint:
    """A point of a curve.

    Attributes:
        run: name of the run.
        modality: ct or mri.
        evidence: one of `EVIDENCE`.
        at: the evidence: in mm, as a probability, in mm2, or a number of frames.
        accuracy: the accuracy there.
        ends: its 95% interval; None without one.
        items: number of items that it takes into account.
    """

    run: str
    modality: str
    evidence: Evidence
    at: float
    accuracy: float
    ends: Ends | None
    items: int


def curve_points(run: Run) -> list[CurvePoint]:
    """The curves of a run: relations with a picture, by modality, for each kind of evidence."""
    measured = pl.col("evidence").struct
    p = measured.field("p_a_greater")
    seen = seen_relations(run.questions).filter(pl.col("replies") > 0)
    seen = seen.with_columns(
        mm=measured.field("delta_mm").abs(),
        p=pl.max_horizontal(p, 1 - p),
        size=pl.col("smaller_mm2"),
        frames=pl.col("shared_frames").cast(pl.Float64),
    )
    return [
        point
        for evidence in EVIDENCE
        for modality in LEVELS["modality"]
        for point in _curve(
            run.name,
            modality,
            evidence,
            seen.filter((pl.col("modality") == modality) & pl.col(evidence).is_finite()),
        )
    ]


def _curve(run: str, modality: str, evidence: Evidence, seen: pl.DataFrame) -> Iterator[CurvePoint]:
    of_items = seen.group_by("item_id").agg(pl.col(evidence).first())[evidence].sort().to_numpy()
    if len(of_items) < LEAST or of_items[0] == of_items[-1]:
        return
    place = seen[evidence].to_numpy()
    scores = (seen["correct"] / seen["replies"]).to_numpy()
    groups = groups_of(seen)
    for at in np.unique(np.quantile(of_items, np.linspace(0.05, 0.95, POINTS))):
        reach = float(np.quantile(np.abs(of_items - at), NEAR))
        near = np.abs(place - at) <= reach
        found = robust_accuracy(scores[near], groups.only(near))
        items = int((np.abs(of_items - at) <= reach).sum())
        yield CurvePoint(run, modality, evidence, float(at), float(scores[near].mean()), found.ends, items)


def flat_points(points: list[CurvePoint]) -> pl.DataFrame:
    """The curves as plain numbers, one row a point."""
    rows = [
        {
            "run": one.run, "modality": one.modality, "evidence": one.evidence, "at": one.at,
            "accuracy": one.accuracy, "low": one.ends[0] if one.ends else None,
            "high": one.ends[1] if one.ends else None, "items": one.items,
        }
        for one in points
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)
