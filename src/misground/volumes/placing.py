"""A label map of another grid, placed on the grid of its scan.

A segmentation is often cropped, or made at another voxel size. Its voxels are copied where that loses
nothing: its axes run along the scan's, and each of its voxels is exactly one voxel of the scan, or a whole
block of them. Anything else takes the nearest label, which moves borders by up to half a voxel, and happens
only on request.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.geometry import check_affine, voxel_sides

_TOLERANCE: Final = 0.1
"""Part of a scan's voxel by which a border may be off, as between grids that count as equal."""


@dataclass(frozen=True)
class _Axis:
    """One axis of the scan: which axis of the labels lies along it, reversed or not, and where it starts.

    Attributes:
        source: the axis of the labels.
        reverse: whether it runs the other way.
        step: its voxel in voxels of the scan.
        start: centre of its first voxel in voxels of the scan.
        length: its number of voxels.
    """

    source: int
    reverse: bool
    step: float
    start: float
    length: int

    @property
    def exact(self) -> bool:
        """Whether each voxel is one voxel of the scan, or a whole block of them."""
        whole = round(self.step)
        drift = abs(self.step - whole) * self.length
        first = self.start - self.step / 2 + 0.5  # the border before the first voxel, counted in voxels
        return whole >= 1 and drift <= _TOLERANCE and abs(first - round(first)) <= _TOLERANCE

    def indices(self, n: int) -> NDArray[np.intp]:
        """For each of n voxels of the scan the nearest of the labels; -1 outside of them."""
        place = np.floor((np.arange(n) - self.start) / self.step + 0.5 + 1e-6).astype(np.intp)
        return np.where((place >= 0) & (place < self.length), place, -1)


def place_labels(labels: Volume, scan: Volume, *, nearest: bool = False) -> Volume:
    """The labels on the scan's grid.

    Args:
        labels: the label map (I, J, K), with its own affine.
        scan: the scan, for its shape and affine.
        nearest: whether labels may be resampled where copying would lose something.

    Raises:
        CaseError: with the numbers: an affine is unusable, the axes differ by more than a tenth of a voxel,
            labelled voxels lie outside the scan, or resampling is needed and `nearest` is false.
    """
    check_affine(labels.affine)
    check_affine(scan.affine)
    if labels.data.shape == scan.data.shape and np.array_equal(labels.affine, scan.affine):
        return labels
    axes = _axes(labels, scan)
    if not nearest and not all(axis.exact for axis in axes):
        mine, theirs = (_sides(volume.affine) for volume in (labels, scan))
        shift = max(abs(axis.start - round(axis.start)) for axis in axes)
        raise CaseError(
            f"the labels have voxels of {mine} mm and the scan of {theirs} mm, shifted by {shift:.2f} of a "
            "voxel, so their borders do not meet: add resample=nearest to take the nearest label"
        )
    data = labels.data.transpose([axis.source for axis in axes])
    data = data[tuple(slice(None, None, -1 if axis.reverse else 1) for axis in axes)]
    taken = [axis.indices(n) for axis, n in zip(axes, scan.data.shape, strict=True)]
    _check_outside(data, taken)
    placed = np.zeros(scan.data.shape, labels.data.dtype, order="F")
    inside = [np.flatnonzero(index >= 0) for index in taken]
    if all(index.size for index in inside):
        kept = [index[where] for index, where in zip(taken, inside, strict=True)]
        placed[np.ix_(*inside)] = data[np.ix_(*kept)]
    return Volume(placed, scan.affine)


def _axes(labels: Volume, scan: Volume) -> list[_Axis]:
    """The axes of the scan with what lies along them. Raises CaseError if the grids' axes differ."""
    across = np.linalg.inv(scan.affine) @ labels.affine  # index of the labels -> index of the scan
    steps = across[:3, :3]
    sources = np.abs(steps).argmax(axis=1)
    if sorted(sources.tolist()) != [0, 1, 2]:
        raise _turned(labels, scan)
    along = np.zeros_like(steps)
    along[np.arange(3), sources] = steps[np.arange(3), sources]
    # How far the last voxel of each axis lies from where parallel axes would put it.
    drift = np.abs(steps - along) @ (np.array(labels.data.shape) - 1)
    if drift.max() > _TOLERANCE:
        raise _turned(labels, scan)
    axes = []
    for i, source in enumerate(sources.tolist()):
        step, length = float(steps[i, source]), labels.data.shape[source]
        start = float(across[i, 3]) + (step * (length - 1) if step < 0 else 0.0)
        axes.append(_Axis(source, step < 0, abs(step), start, length))
    return axes


def _turned(labels: Volume, scan: Volume) -> CaseError:
    a, b = (volume.affine[:3, :3] / voxel_sides(volume.affine) for volume in (labels, scan))
    cosines = np.abs(b.T @ a).max(axis=1).clip(0, 1)
    degrees = float(np.degrees(np.arccos(cosines)).max())
    return CaseError(
        f"the axes of the labels are turned by {degrees:.2f} degrees against the scan's; expected the same "
        "axes"
    )


def _check_outside(data: NDArray[np.generic], taken: list[NDArray[np.intp]]) -> None:
    """Raise CaseError if labelled voxels lie outside the scan."""
    outside = 0
    for axis, index in enumerate(taken):
        used = index[index >= 0]
        low, high = (int(used.min()), int(used.max()) + 1) if used.size else (0, 0)
        ends = [slice(None)] * 3
        for part in (slice(0, low), slice(high, None)):
            ends[axis] = part
            outside += int(np.count_nonzero(data[tuple(ends)]))
    if outside:
        total = int(np.count_nonzero(data))
        raise CaseError(
            f"about {min(outside, total)} of {total} labelled voxels lie outside the scan; expected none"
        )


def _sides(affine: NDArray[np.float64]) -> str:
    return " x ".join(f"{side:.3g}" for side in voxel_sides(affine))
