"""A synthetic scan of a knee made from its labels, for data sets without scans.

The greys imitate a sagittal DESS with water excitation: cartilage bright, bone marrow and menisci dark,
muscle
in between. The picture shows nothing that is not in the labels. It depends on the labels' position in the
patient, not on the order of the file, and on the case id, which seeds the noise.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

GREY: Final[Mapping[str, float]] = {
    "femur": 62.0,
    "tibia": 60.0,
    "patella": 66.0,
    "fibula": 64.0,
    "femoral_cartilage": 205.0,
    "medial_tibial_cartilage": 198.0,
    "lateral_tibial_cartilage": 200.0,
    "patellar_cartilage": 208.0,
    "lateral_meniscus": 34.0,
    "medial_meniscus": 36.0,
}
_SOFT_TISSUE: Final = 112.0
_SOFT_TISSUE_SPREAD: Final = 26.0
_AIR: Final = 6.0
_NOISE: Final = 7.0
_BLUR_MM: Final = 0.45
# Soft tissue is drawn on a coarse grid: its resolution, its reach around the labels, and the size of patches.
_COARSE_MM: Final = 4.0
_REACH_MM: Final = 14.0
_PATCH_MM: Final = 9.0


def intensity_from_labels(
    labels: NDArray[np.generic],
    spacing_mm: tuple[float, float, float],
    greys: Mapping[int, float],
    seed_text: str,
) -> NDArray[np.int16]:
    """A synthetic scan for a label map.

    Args:
        labels: (X, Y, Z) RAS+ label map of whole numbers.
        spacing_mm: voxel size along x, y, z in mm.
        greys: label value -> grey; all other values become soft tissue.
        seed_text: text that seeds the noise.

    Returns:
        (X, Y, Z) int16, at least 0.
    """
    seed = int.from_bytes(hashlib.sha256(seed_text.encode("utf-8", "backslashreplace")).digest()[:8], "big")
    random = np.random.default_rng(seed)
    coarse = _soft_tissue(labels, spacing_mm, random)
    picture = np.empty(labels.shape, dtype=np.float32)
    x_count = labels.shape[0]
    for x in range(x_count):
        row = _between(coarse, x, x_count)
        for axis in (0, 1):
            row = _stretched(row, labels.shape[axis + 1], axis)
        for value, grey in greys.items():
            row[labels[x] == value] = grey
        picture[x] = row
    sigma = tuple(_BLUR_MM / mm for mm in spacing_mm)
    ndimage.gaussian_filter(picture, sigma, output=picture, truncate=2.0, mode="nearest")
    result = np.empty(labels.shape, dtype=np.int16)
    for x in range(x_count):
        noise = random.standard_normal(labels.shape[1:], dtype=np.float32)
        result[x] = np.clip(np.rint(picture[x] + np.float32(_NOISE) * noise), 0, None)
    return result


def _soft_tissue(
    labels: NDArray[np.generic], spacing_mm: tuple[float, float, float], random: np.random.Generator
) -> NDArray[np.float32]:
    """Soft tissue around the labels, fading into air, on a coarse grid over the same field of view."""
    steps = [max(1, round(_COARSE_MM / mm)) for mm in spacing_mm]
    starts = [min(step, n) // 2 for step, n in zip(steps, labels.shape, strict=True)]
    cells = tuple(slice(start, None, step) for start, step in zip(starts, steps, strict=True))
    inside = (labels[cells] != 0).astype(np.float32)
    sizes = [step * mm for step, mm in zip(steps, spacing_mm, strict=True)]
    near = ndimage.gaussian_filter(inside, [_REACH_MM / mm for mm in sizes], mode="nearest")
    cover = np.clip((near - 0.02) / 0.1, 0.0, 1.0)
    patches = random.standard_normal(inside.shape, dtype=np.float32)
    patches = ndimage.gaussian_filter(patches, [_PATCH_MM / mm for mm in sizes], mode="nearest")
    spread = float(patches.std()) or 1.0
    tissue = _SOFT_TISSUE + _SOFT_TISSUE_SPREAD * np.clip(patches / spread, -2.0, 2.0)
    return np.asarray(_AIR + (tissue - _AIR) * cover, dtype=np.float32)


def _between(coarse: NDArray[np.float32], index: int, count: int) -> NDArray[np.float32]:
    """The plane of a coarse grid (A, B, C) at voxel `index` of `count` along the first axis."""
    (low,), (high,), (weight,) = _weights(np.array([index]), count, coarse.shape[0])
    plane: NDArray[np.float32] = coarse[low] * (1 - weight) + coarse[high] * weight
    return plane


def _stretched(plane: NDArray[np.float32], count: int, axis: int) -> NDArray[np.float32]:
    """A plane linearly interpolated to `count` rows along one axis."""
    low, high, weight = _weights(np.arange(count), count, plane.shape[axis])
    shape = [1, 1]
    shape[axis] = count
    weight = weight.reshape(shape)
    stretched: NDArray[np.float32] = plane.take(low, axis) * (1 - weight) + plane.take(high, axis) * weight
    return stretched


def _weights(
    index: NDArray[np.intp], count: int, coarse: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For voxels out of `count`: neighbours in a grid of `coarse` cells, and the weight of the upper one."""
    place = np.clip((index + 0.5) * coarse / count - 0.5, 0, coarse - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, coarse - 1)
    return low, high, (place - low).astype(np.float32)
