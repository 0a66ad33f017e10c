"""Are the intensities those of a scan, and of a CT in Hounsfield units?

Fat lies near -100 HU and air at -1000, and every body has the one around or inside it, if not the other. So a
CT without values below 0 is not in Hounsfield units, however it was scaled. Soft tissue lies between -100 and
300 with any contrast medium, and bone above it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from misground.anatomy import Structure
from misground.anatomy.tissues import TISSUES, Tissue, tissue_of
from misground.volumes.picture_check.sampling import Floats, Sample

FEW_VALUES: Final = 16
"""Fewer distinct values than this are no picture of a body: a mask, or nothing."""
_LEAST_RANGE_HU: Final = 100.0
_SOFT_HU: Final = (-150.0, 400.0)
_LOWEST_HU: Final = -20.0
_HIGHEST_HU: Final = 10_000.0
_AIR_HU: Final = -500.0
_MOST_AIR: Final = 0.2
_FEWEST_POINTS: Final = 1000
_FEWEST_OF_TISSUE: Final = 300
_SAME: Final = 0.9  # less than 1: several label values of one structure, such as single vertebrae
_OWN: Final = 0.6


@dataclass(frozen=True)
class Intensities:
    """The intensities of a sample.

    Attributes:
        low: smallest sampled value.
        high: largest sampled value.
        distinct: number of distinct values, at most FEW_VALUES + 1.
        points: number of sampled voxels.
        tissues: median and number of points of each tissue of which there are enough.
        air: share of soft tissue and bone below -500; NaN if there are too few points.
        neighbours: correlation of voxels a few mm apart; NaN if the scan is constant.
    """

    low: float
    high: float
    distinct: int
    points: int
    tissues: dict[Tissue, tuple[float, int]]
    air: float
    neighbours: float


def measure_intensities(sample: Sample, structures: Sequence[Structure], flips: Sequence[int]) -> Intensities:
    """Measure a sample after mirroring the scan along the array axes `flips`."""
    values = sample.mirrored(flips)
    kinds = np.array([-1, *(TISSUES.index(tissue_of(s.key)) for s in structures)], np.int8)[sample.labels]
    tissues: dict[Tissue, tuple[float, int]] = {}
    for number, tissue in enumerate(TISSUES):
        own = values[kinds == number]
        if own.size >= _FEWEST_OF_TISSUE:
            tissues[tissue] = (float(np.median(own)), own.size)
    solid = values[(kinds == TISSUES.index("soft")) | (kinds == TISSUES.index("bone"))]
    return Intensities(
        low=min(float(p.first.min()) for p in sample.pairs),
        high=max(float(p.first.max()) for p in sample.pairs),
        distinct=_distinct(sample.values),
        points=values.size,
        tissues=tissues,
        air=float((solid < _AIR_HU).mean()) if solid.size >= _FEWEST_POINTS else float("nan"),
        neighbours=_neighbours(sample),
    )


def looks_like_labels(sample: Sample, structures: int) -> bool:
    """Whether each of the structures has one value of its own: the scan is a label map."""
    inner = [pairs.steps[pairs.inner] for pairs in sample.pairs]
    count = sum(map(len, inner))
    if not count or sum(int((steps == 0).sum()) for steps in inner) < _SAME * count:
        return False
    medians = sample.medians(structures)
    known = medians[np.isfinite(medians)]
    return len(known) >= 3 and len(np.unique(known)) > _OWN * len(known)


def ct_faults(found: Intensities) -> Iterator[str]:
    """Why the intensities cannot be Hounsfield units, each in words; nothing if they can."""
    if found.points < _FEWEST_POINTS or found.distinct <= FEW_VALUES:
        return
    between = f"values from {_number(found.low)} to {_number(found.high)}"
    soft, bone = found.tissues.get("soft"), found.tissues.get("bone")
    if found.high - found.low < _LEAST_RANGE_HU:
        yield f"found {between}, expected Hounsfield units (air -1000, fat -100, bone above 200)"
        return
    if soft is not None and not _SOFT_HU[0] <= soft[0] <= _SOFT_HU[1]:
        near = next((n for n in (1024, 1000) if abs(soft[0] - n - 45) <= 100), None)
        hint = f": it looks like HU + {near}, rescale it" if near else ""
        yield f"found soft tissue at {_number(soft[0])}, expected -100 to 300 HU{hint}"
    elif found.low >= _LOWEST_HU:
        wrapped = ", which look wrapped around" if found.high > _HIGHEST_HU else ""
        yield f"found {between} and none below 0{wrapped}, expected fat near -100 and air near -1000 HU"
    if soft is not None and bone is not None and bone[0] < soft[0] - 30:
        yield f"found bone at {_number(bone[0])}, darker than soft tissue at {_number(soft[0])} HU"
    if found.air > _MOST_AIR:
        yield f"found {found.air:.0%} of the voxels labelled soft tissue or bone below -500 HU, as air is"


def _distinct(values: Floats) -> int:
    """The number of distinct values, at most FEW_VALUES + 1, without sorting all of them."""
    flat = values.reshape(-1)
    few = np.unique(flat[:: max(1, flat.size // 2000)])
    return min(len(few if len(few) > FEW_VALUES else np.unique(flat)), FEW_VALUES + 1)


def _neighbours(sample: Sample) -> float:
    first = np.concatenate([p.first.ravel()[::5] for p in sample.pairs])
    second = np.concatenate([p.second.ravel()[::5] for p in sample.pairs])
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
