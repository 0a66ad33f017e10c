"""How unlike each labelled region of a case is to each structure: its place, size, form and tissue.

The costs are those of a normal model with wide deviations, each measure capped, so that one odd measure (a
large spleen, a full bladder) never decides. Only differences of costs are used: two labels look swapped if
each region is clearly more like the other's structure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy.tissues import USUAL_HU, tissue_of
from misground.prior.traits import traits_of
from misground.records import KneeSide, Region

Floats = NDArray[np.float64]

# What real bodies differ by, beside what phantoms do: of the place in mm along x, y, z; of the logarithms of
# volume and spread. Our judgement, tried on the real torso and knee.
_PLACE_MM: Final[dict[Region, tuple[float, float, float]]] = {"torso": (15, 18, 22), "knee": (5, 6, 6)}
_LOG_VOLUME: Final[dict[Region, float]] = {"torso": 0.6, "knee": 0.5}
_LOG_SPREAD: Final = 0.3
_CUT: Final = 2.0
"""A structure that the border of the scan cuts lies less surely where it should, by this factor."""
_CAP: Final = 9.0
_SPREAD_WEIGHT: Final = 0.5
_SCALES: Final = (0.75, 1.3)
_FEWEST_PLACED: Final = 4
_FEWEST_SCALED: Final = 8


@dataclass(frozen=True)
class Regions:
    """Measures of the labelled regions of a case.

    Attributes:
        keys: (S,) the structure that each region is labelled as.
        mm: (S, 3) centroid in RAS+ mm.
        ml: (S,) volume.
        spreads_mm: (S, 3) standard deviation of the voxels.
        touches: (S, 3) whether the region reaches the border of the scan.
        shades: (S,) of a CT, the median Hounsfield units; of a knee MRI, the logarithm of the median
            intensity over that of the cartilages; NaN where unknown.
    """

    keys: tuple[str, ...]
    mm: Floats
    ml: Floats
    spreads_mm: Floats
    touches: NDArray[np.bool_]
    shades: Floats

    def subset(self, kept: Sequence[int]) -> "Regions":
        """Only these regions."""
        where = list(kept)
        return Regions(
            tuple(self.keys[i] for i in where),
            self.mm[where],
            self.ml[where],
            self.spreads_mm[where],
            self.touches[where],
            self.shades[where],
        )


def known_regions(regions: Regions, region: Region) -> Regions:
    """Only regions labelled as structures whose traits are known."""
    table = traits_of(region)
    return regions.subset([i for i, key in enumerate(regions.keys) if key in table])


def costs(regions: Regions, region: Region, side: KneeSide | None) -> Floats:
    """How unlike each region is to each structure of the case.

    Args:
        regions: regions of known structures.
        region: torso or knee.
        side: of a knee; without it, x is not compared.

    Returns:
        (S, S): row i is a region, column j the structure of region j.
    """
    table = [traits_of(region)[key] for key in regions.keys]
    mean = np.array([traits.mean for traits in table]).reshape(-1, 7)
    deviation = np.array([traits.deviation for traits in table]).reshape(-1, 7)
    cut: NDArray[np.bool_] = np.asarray(regions.touches.any(axis=1))
    away = away_mm(regions, region, side)
    width = (
        np.hypot(_PLACE_MM[region], 1.5 * deviation[:, :3])[None] * np.where(cut, _CUT, 1.0)[:, None, None]
    )
    total: Floats = np.nan_to_num(_capped(away, width)).sum(axis=2)
    volume = np.log(regions.ml)[:, None] - mean[None, :, 3]
    total += _capped(_at_least(volume, cut), np.hypot(_LOG_VOLUME[region], deviation[:, 3]))
    for axis in range(3):
        spread = np.log(regions.spreads_mm[:, axis])[:, None] - mean[None, :, 4 + axis]
        width = np.hypot(_LOG_SPREAD, deviation[:, 4 + axis])
        total += _SPREAD_WEIGHT * _capped(_at_least(spread, regions.touches[:, axis]), width)
    usual = np.array([usual_shade(key, region) for key in regions.keys]).reshape(-1, 2)
    total += np.nan_to_num(_capped(regions.shades[:, None] - usual[None, :, 0], usual[:, 1]))
    return total


def usual_shade(key: str, region: Region) -> tuple[float, float]:
    """Mean and standard deviation of a structure's shade; NaN where a shade tells nothing.

    A meniscus is darker than cartilage in every usual MRI sequence.
    """
    if region == "torso":
        return USUAL_HU[tissue_of(key)]
    if tissue_of(key) == "cartilage":
        return 0.0, 0.3
    return (-1.2, 0.6) if key.endswith("_meniscus") else (np.nan, 1.0)


def away_mm(regions: Regions, region: Region, side: KneeSide | None) -> Floats:
    """How far each region lies from where each structure of the case should lie.

    The table of traits is first laid over the case: shifted, and in a body with enough structures scaled.

    Returns:
        (S, S, 3) in mm along the RAS+ axes, in a knee along lateral, anterior and superior; NaN along an axis
        where the border of the scan cuts the region, too few structures are whole, or the side is unknown.
    """
    table = traits_of(region)
    mean = np.array([table[key].mean[:3] for key in regions.keys]).reshape(-1, 3)
    away = np.full((len(mean), len(mean), 3), np.nan)
    for axis in range(3):
        if region == "knee" and axis == 0 and side is None:
            continue
        found = regions.mm[:, axis] * (-1.0 if region == "knee" and axis == 0 and side == "left" else 1.0)
        whole, usual = ~regions.touches[:, axis], mean[:, axis]
        if whole.sum() < _FEWEST_PLACED:
            continue
        scale = _scale(found[whole], usual[whole], 2 * _PLACE_MM[region][axis])
        offset = np.median(found[whole] - scale * usual[whole])
        away[whole, :, axis] = found[whole][:, None] - (scale * usual + offset)[None, :]
    return away


def _scale(found: Floats, mean: Floats, least: float) -> float:
    """The size of the body along an axis, against phantoms: the median over pairs that lie far apart."""
    if len(found) < _FEWEST_SCALED:
        return 1.0
    i, j = np.triu_indices(len(found), 1)
    apart = mean[i] - mean[j]
    far = np.abs(apart) > least
    if far.sum() <= _FEWEST_SCALED:
        return 1.0
    return float(np.clip(np.median((found[i] - found[j])[far] / apart[far]), *_SCALES))


def _at_least(difference: Floats, cut: NDArray[np.bool_]) -> Floats:
    """The rest of a region that the scan cuts is not seen, so that a small one counts as equal."""
    found: Floats = np.where(cut[:, None], np.maximum(difference, 0), difference)
    return found


def _capped(difference: Floats, width: Floats) -> Floats:
    capped: Floats = np.minimum((difference / width) ** 2 / 2, _CAP)
    return capped
