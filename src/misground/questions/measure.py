"""All measurements of a label map that questions need, from one pass over it.

For each structure, the voxels are counted along every line of voxels parallel to an axis, which gives three
projections. Everything else follows from them: histograms along an axis (whole volume or one slice), voxel
counts, areas, centroids, and extents in each slice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, Axis

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Measurements:
    """Projections of a RAS+ label map with structures 1 ... S.

    Attributes:
        xy: (S, X, Y), uint16 or uint32, number of voxels of each structure along z.
        xz: (S, X, Z), likewise along y.
        yz: (S, Y, Z), likewise along x.
        spacing_mm: voxel size along x, y, z in mm.
    """

    xy: NDArray[np.unsignedinteger]
    xz: NDArray[np.unsignedinteger]
    yz: NDArray[np.unsignedinteger]
    spacing_mm: tuple[float, float, float]

    def histogram(self, axis: Axis) -> Counts:
        """(S, n) number of voxels of each structure at each index along the axis, in the whole volume."""
        table, summed = {"x": (self.xy, 2), "y": (self.xy, 1), "z": (self.xz, 1)}[axis]
        counts: Counts = table.sum(axis=summed, dtype=np.int64)
        return counts

    def counted(self, axis: Axis, most: int) -> NDArray[np.uint8]:
        """As `histogram`, but at most `most`, which is below 256."""
        return np.minimum(self.histogram(axis), most).astype(np.uint8)

    def slice_histograms(self, axis: Axis, slice_axis: Axis) -> NDArray[np.unsignedinteger]:
        """(S, n_axis, n_slices) number of voxels at each index along `axis`, within each slice."""
        tables = {"xy": self.xy, "xz": self.xz, "yz": self.yz}
        if axis < slice_axis:
            return tables[axis + slice_axis]
        return tables[slice_axis + axis].swapaxes(1, 2)

    def voxels(self) -> Counts:
        """(S,) number of voxels of each structure."""
        counts: Counts = self.xy.sum(axis=(1, 2), dtype=np.int64)
        return counts

    def centroids_mm(self) -> NDArray[np.float64]:
        """(S, 3) mean index times voxel size, in mm along the RAS+ array axes; NaN for absent structures."""
        means = [mean_index(self.histogram(axis)) for axis in ("x", "y", "z")]
        centroids: NDArray[np.float64] = np.stack(means, axis=1) * np.asarray(self.spacing_mm)
        return centroids

    def spreads_mm(self) -> NDArray[np.float64]:
        """(S, 3) standard deviation of the voxels of each structure along the axes; NaN for absent ones.

        A structure one voxel thick has the deviation of a uniform distribution over that voxel.
        """
        columns = []
        for axis, side in zip(AXES, self.spacing_mm, strict=True):
            counts = self.histogram(axis)
            away = np.arange(counts.shape[1]) - mean_index(counts)[:, None]
            with np.errstate(invalid="ignore"):
                variance = (counts * away**2).sum(axis=1) / counts.sum(axis=1)
            columns.append(np.sqrt(variance + 1 / 12) * side)
        spreads: NDArray[np.float64] = np.stack(columns, axis=1)
        return spreads

    def touches(self) -> NDArray[np.bool_]:
        """(S, 3) whether each structure reaches the first or the last voxel along the axes."""
        reached = []
        for axis in AXES:
            counts = self.histogram(axis)
            reached.append((counts[:, 0] > 0) | (counts[:, -1] > 0))
        return np.stack(reached, axis=1)

    def extents(self, axis: Axis, slice_axis: Axis) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The first and last index along `axis` of each structure in each slice.

        Returns:
            Two arrays (S, n_slices), with -1 if the structure is not in the slice.
        """
        shows = self.slice_histograms(axis, slice_axis) > 0
        present = shows.any(axis=1)
        first = np.where(present, shows.argmax(axis=1), -1)
        last = np.where(present, shows.shape[1] - 1 - shows[:, ::-1].argmax(axis=1), -1)
        return first, last


def mean_index(histogram: NDArray[np.integer]) -> NDArray[np.float64]:
    """(..., n) counts -> (...) mean index; NaN if all counts are 0."""
    total = histogram.sum(axis=-1, dtype=np.int64)
    weighted = (histogram * np.arange(histogram.shape[-1])).sum(axis=-1, dtype=np.int64)
    means = np.full(total.shape, np.nan)
    np.divide(weighted, total, out=means, where=total > 0)
    return means


def measure(
    labels: NDArray[np.unsignedinteger], structures: int, spacing_mm: tuple[float, float, float]
) -> Measurements:
    """Count the voxels of a label map.

    Labels form runs along the fastest axis in memory, so only the ends of runs are processed individually.

    Args:
        labels: (X, Y, Z) RAS+ label map with values 0 ... `structures`, in any memory layout.
        structures: the number of structures S.
        spacing_mm: voxel size along x, y, z in mm.
    """
    base, order, flipped = _memory_order(labels)
    shape = base.shape
    value, row0, row1, start, stop = _runs(base)
    structure = value.astype(np.int64) - 1

    across = np.zeros((structures, shape[0], shape[1]), _counter(shape[2]))
    np.add.at(across, (structure, row0, row1), (stop - start).astype(across.dtype))
    along = [
        _line_counts(structure, row, start, stop, (structures, shape[axis], shape[2]), shape[1 - axis])
        for axis, row in ((0, row0), (1, row1))
    ]
    tables = {(0, 1): across, (0, 2): along[0], (1, 2): along[1]}
    x, y, z = (order.index(axis) for axis in range(3))
    return Measurements(
        xy=_oriented(tables, x, y, flipped),
        xz=_oriented(tables, x, z, flipped),
        yz=_oriented(tables, y, z, flipped),
        spacing_mm=spacing_mm,
    )


def _memory_order(
    labels: NDArray[np.unsignedinteger],
) -> tuple[NDArray[np.unsignedinteger], list[int], list[bool]]:
    """The voxels as a C-contiguous array, the RAS+ axis of each of its axes, and which are reversed."""
    order = sorted(range(3), key=lambda axis: -abs(labels.strides[axis]))
    flipped = [labels.strides[axis] < 0 for axis in order]
    steps = tuple(slice(None, None, -1 if backwards else 1) for backwards in flipped)
    return np.ascontiguousarray(labels.transpose(order)[steps]), order, flipped


def _runs(
    base: NDArray[np.unsignedinteger],
) -> tuple[
    NDArray[np.unsignedinteger],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Runs of one label within rows of the last axis: value, first two indices, start, stop (exclusive)."""
    flat = base.reshape(-1)
    length = base.shape[2]
    begins = np.empty(flat.size, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[::length] = True
    starts = np.flatnonzero(begins)
    stops = np.append(starts[1:], flat.size)
    value = flat[starts]
    labelled = np.flatnonzero(value)
    starts, stops, value = starts[labelled], stops[labelled], value[labelled]
    row, start = np.divmod(starts, length)
    row0, row1 = np.divmod(row, base.shape[1])
    return value, row0, row1, start, start + (stops - starts)


def _line_counts(
    structure: NDArray[np.int64],
    row: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    shape: tuple[int, int, int],
    most: int,
) -> NDArray[np.unsignedinteger]:
    """(S, rows, n) the number of runs that cover each index of the last axis, from their ends."""
    padded = np.zeros((shape[0], shape[1], shape[2] + 1), np.int32)
    np.add.at(padded, (structure, row, start), 1)
    np.subtract.at(padded, (structure, row, stop), 1)
    np.cumsum(padded, axis=2, out=padded)
    return padded[:, :, :-1].astype(_counter(most))


def _counter(most: int) -> type[np.uint16] | type[np.uint32]:
    return np.uint16 if most <= np.iinfo(np.uint16).max else np.uint32


def _oriented(
    tables: dict[tuple[int, int], NDArray[np.unsignedinteger]],
    first: int,
    second: int,
    flipped: list[bool],
) -> NDArray[np.unsignedinteger]:
    """The projection on two memory axes, with its axes in RAS+ order and direction."""
    table = tables[(first, second)] if first < second else tables[(second, first)].swapaxes(1, 2)
    steps = tuple(slice(None, None, -1 if flipped[axis] else 1) for axis in (first, second))
    return np.ascontiguousarray(table[(slice(None), *steps)])
