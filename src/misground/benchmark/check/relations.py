"""The relations of one case as arrays, so that many hypotheses can be weighed quickly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import axis_index
from misground.anatomy.relations import load_relations
from misground.records import KneeSide, Region
from misground.volumes.self_check import MIN_DISTANCE_MM

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Relations of a case: how many agree and how many are decided, and the log-odds of those that do not."""

    agree: int
    decided: int
    against: float


@dataclass(frozen=True)
class RelationArrays:
    """The relations between the structures of one case.

    Attributes:
        first: (R,) index of structure_a in the case's keys.
        second: (R,) index of structure_b.
        axis: (R,) 0, 1, 2 for x, y, z.
        sign: (R,) -1 or 1, the expected sign of a - b in RAS+.
        weight: (R,) log-odds.
        limit: distance in mm below which a relation is undecided.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    axis: NDArray[np.intp]
    sign: Floats
    weight: Floats
    limit: float

    def signed(self, mm: Floats) -> Floats:
        """(R,) 1 where a relation holds, -1 where it is contradicted, 0 where it is undecided."""
        distance = self.sign * (mm[self.first, self.axis] - mm[self.second, self.axis])
        found: Floats = np.where(np.abs(distance) < self.limit, 0.0, np.sign(distance))
        return found

    def tally(self, mm: Floats, without: int | None = None) -> Tally:
        """The relations with centroids `mm` (S, 3), without those of one structure."""
        signed = self.signed(mm)
        if without is not None:
            signed[(self.first == without) | (self.second == without)] = 0
        return Tally(int((signed > 0).sum()), int((signed != 0).sum()), float(self.weight[signed < 0].sum()))


def relation_arrays(keys: Sequence[str], region: Region, side: KneeSide | None) -> RelationArrays:
    """The relations between structures; in a knee of unknown side, none along x."""
    index: Mapping[str, int] = {key: i for i, key in enumerate(keys)}
    lateral = {"right": 1.0, "left": -1.0, None: 0.0}[side] if region == "knee" else 1.0
    rows = [
        (
            index[r.structure_a],
            index[r.structure_b],
            axis_index(r.axis),
            r.sign * (lateral if r.axis == "x" else 1.0),
            r.log_odds,
        )
        for r in load_relations()
        if r.region == region and r.structure_a in index and r.structure_b in index
    ]
    table = np.array([row for row in rows if row[3]], np.float64).reshape(-1, 5)
    first, second, axis = (table[:, i].astype(np.intp) for i in range(3))
    return RelationArrays(first, second, axis, table[:, 3], table[:, 4], MIN_DISTANCE_MM[region])
