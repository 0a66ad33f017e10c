"""The intensity window: which intensities become black and white."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from misground.records import Case
from misground.volumes.layout import memory_order, parts

WindowPreset = Literal["soft", "lung", "bone"]

# (width, level) in Hounsfield units.
WINDOWS: Final[Mapping[WindowPreset, tuple[float, float]]] = MappingProxyType(
    {"soft": (400.0, 40.0), "lung": (1500.0, -600.0), "bone": (1800.0, 400.0)}
)
MRI_PERCENTILES: Final = (1, 99)
# Enough for every 16-bit scan; a wider range of integers is sorted instead of counted.
_MOST_BINS: Final = 1 << 16


def intensity_window(case: Case, preset: WindowPreset) -> tuple[float, float]:
    """The intensities that become black and white.

    For CT, they follow from the preset's width and level. MRI intensities have no units, so percentiles 1 and
    99 of all voxels are used: exact, interpolated between ranks, and independent of axis order and memory
    layout.

    Args:
        case: the case.
        preset: the window for CT; ignored for MRI.

    Returns:
        (low, high), with low < high.
    """
    if case.facts.modality == "ct":
        width, level = WINDOWS[preset]
        return level - width / 2, level + width / 2
    low, high = _percentiles(case.scan)
    return (low, high) if high > low else (low, low + 1.0)


def apply_window(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Map intensities to grey values: 0 up to `low`, 255 from `high` on, linear and rounded in between.

    Args:
        values: intensities of any shape.
        low: intensity that becomes black.
        high: intensity that becomes white.

    Raises:
        ValueError: `high` is not above `low`.
    """
    if not high > low:
        raise ValueError(f"found a window from {low} to {high}; expected low below high")
    grey = values.astype(np.float64)
    grey -= low
    grey *= 255.0
    grey /= high - low
    np.rint(grey, out=grey)
    np.clip(grey, 0, 255, out=grey)
    return grey.astype(np.uint8)


def _percentiles(scan: NDArray[np.generic]) -> tuple[float, float]:
    # Integer ranks, so that nothing depends on the rounding of fractions.
    exact = [divmod((scan.size - 1) * percent, 100) for percent in MRI_PERCENTILES]
    ranks = [min(rank + step, scan.size - 1) for rank, _ in exact for step in (0, 1)]
    values = _values_at(scan, ranks)
    low, high = (
        values[2 * i] + (values[2 * i + 1] - values[2 * i]) * hundredths / 100
        for i, (_, hundredths) in enumerate(exact)
    )
    return low, high


def _values_at(scan: NDArray[np.generic], ranks: list[int]) -> list[float]:
    """The values at these ranks (from 0) of the sorted voxels."""
    if scan.dtype.kind in "iu":
        flat = memory_order(scan)
        lowest, highest = int(flat.min()), int(flat.max())
        if highest - lowest < _MOST_BINS:
            counts = np.zeros(highest - lowest + 1, np.int64)
            for part in parts(scan):
                counts += np.bincount(part.astype(np.int64) - lowest, minlength=counts.size)
            found = np.searchsorted(np.cumsum(counts), ranks, side="right")
            return [float(lowest + int(i)) for i in found]
    ordered = memory_order(scan).copy()
    ordered.partition(sorted(set(ranks)))
    return [float(ordered[rank]) for rank in ranks]
