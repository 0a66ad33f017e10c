"""Difficulty by evidence: accuracy on relations with a picture, by how far apart the two structures are.

The distance is that of the evidence: between the centroids, along the asked axis. Items are sorted by it and
cut into bins of equal mass, for each modality by itself, since a knee is smaller than a torso.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.accuracy import Estimate
from misground.analysis.cells import estimate_of, groups_of
from misground.analysis.results import Run
from misground.analysis.robust import Robust, robust_difference
from misground.analysis.wordings import seen_relations
from misground.records import LEVELS

BINS: Final = 4
SMALLEST_BIN: Final = 5
"""Items in a bin, where there are enough for two bins (our choice)."""


@dataclass(frozen=True)
class DistanceRow:
    """The accuracy on items of similar distance.

    Attributes:
        run: name of the run.
        modality: ct or mri.
        low: smallest distance in mm.
        high: largest distance in mm.
        estimate: the accuracy.
        difference: the accuracy less that of the nearest bin; None for the nearest.
        interval: the interval of the difference; None for the nearest.
    """

    run: str
    modality: str
    low: float
    high: float
    estimate: Estimate
    difference: float | None
    interval: Robust | None


def distance_rows(run: Run) -> list[DistanceRow]:
    """Accuracy by distance, for each modality with enough items for two bins."""
    distance = pl.col("evidence").struct.field("delta_mm").abs()
    seen = (
        seen_relations(run.questions)
        .with_columns(distance=distance)
        .filter((pl.col("replies") > 0) & pl.col("distance").is_finite())
    )
    return [
        row
        for modality in LEVELS["modality"]
        for row in _rows(run.name, modality, seen.filter(pl.col("modality") == modality))
    ]


def _rows(run: str, modality: str, seen: pl.DataFrame) -> Iterator[DistanceRow]:
    items = seen.group_by("item_id").agg(pl.col("distance").first()).sort("distance", "item_id")
    count = min(BINS, len(items) // SMALLEST_BIN)
    if count < 2:
        return
    number = np.repeat(np.arange(count), [len(part) for part in np.array_split(np.arange(len(items)), count)])
    binned = seen.join(items.select("item_id", bin=pl.Series(number)), on="item_id", maintain_order="left")
    means = (binned["correct"] / binned["replies"]).to_numpy()
    place = binned["bin"].to_numpy()
    for at in range(count):
        mine = binned.filter(pl.col("bin") == at)
        difference, interval = None, None
        if at:
            kept = (place == 0) | (place == at)
            values, side = means[kept], place[kept] == at
            difference = float(values[side].mean() - values[~side].mean())
            interval = robust_difference(values, groups_of(binned.filter(kept)), side=side)
        low, high = (float(end) for end in np.quantile(mine["distance"].to_numpy(), (0, 1)))
        yield DistanceRow(run, modality, low, high, estimate_of(mine), difference, interval)
