"""Where a RAS+ voxel appears on the screen, in both coordinate systems of the benchmark.

- storage: the RAS+ array as it is stored. Row index is the first remaining axis, column index the second:
  axial `v[:, :, k]`, coronal `v[:, j, :]`, sagittal `v[i, :, :]`.
- viewing: the radiological display. Axial: patient right at image left, anterior at the top; coronal:
  patient right at image left, superior at the top; sagittal: anterior at image left, superior at the top.
  In arrays: `plane_slice.T[::-1, ::-1]`.

A canvas shows a slice with square pixels in millimetres: the longer side has a fixed number of pixels, the
other is rounded and at least 1. Pixel (column x, row y) covers [x, x + 1) x [y, y + 1); its centre lies in
native voxel floor((x + 0.5) * n / width). Where the size of the canvas would tell the plane, the slice is
centred on a black square (`squared`).
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Axis, Plane, ScreenAxis, axis_index, in_plane_axes, slice_axis_index
from misground.records import Coordinates, Dimension

LONGER_SIDE: Final[dict[Dimension, int]] = {"2d": 512, "3d": 256}
"""Pixels along the longer side of a canvas: of a single slice, and of a stack's frames."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


def plane_slice(volume: NDArray[_Scalar], plane: Plane, index: int) -> NDArray[_Scalar]:
    """Slice `index` of a RAS+ volume (X, Y, Z); the other axes keep their order. A view, not a copy."""
    where: list[slice | int] = [slice(None)] * 3
    where[slice_axis_index(plane)] = index
    return volume[tuple(where)]


def to_screen(array: NDArray[_Scalar], coordinates: Coordinates) -> NDArray[_Scalar]:
    """A slice (first, second remaining axis) as rows x columns on the screen; a view, not a copy."""
    return array if coordinates == "storage" else array.T[::-1, ::-1]


def on_screen(plane: Plane, coordinates: Coordinates, axis: Axis) -> tuple[ScreenAxis, int]:
    """The direction in which a patient axis of the plane runs on the screen.

    Returns:
        ("row", +1) if a larger RAS+ index lies further down, ("row", -1) further up, ("column", +1) further
        right, ("column", -1) further left.

    Raises:
        ValueError: the axis is the plane's slice axis.
    """
    first, second = in_plane_axes(plane)
    if axis not in (first, second):
        raise ValueError(f"axis {axis} is the slice axis of the {plane} plane, expected {first} or {second}")
    if coordinates == "storage":
        return ("row", 1) if axis == first else ("column", 1)
    return ("column", -1) if axis == first else ("row", -1)


@dataclass(frozen=True)
class Canvas:
    """The pixel grid on which a plane is shown.

    Attributes:
        width: pixels along a row.
        height: pixels along a column.
        mm_per_pixel: side of a pixel in mm.
        native: number of voxels along the screen's (rows, columns).
    """

    width: int
    height: int
    mm_per_pixel: float
    native: tuple[int, int]

    def column_voxels(self) -> NDArray[np.intp]:
        """(width,) index of the voxel column under the centre of each pixel column."""
        return _voxels_under(self.width, self.native[1])

    def row_voxels(self) -> NDArray[np.intp]:
        """(height,) index of the voxel row under the centre of each pixel row."""
        return _voxels_under(self.height, self.native[0])


def _voxels_under(pixels: int, voxels: int) -> NDArray[np.intp]:
    # floor((x + 0.5) * voxels / pixels) in integer arithmetic: the same on every machine.
    return (2 * np.arange(pixels) + 1) * voxels // (2 * pixels)


def canvas(
    plane: Plane,
    coordinates: Coordinates,
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    longer_side: int,
) -> Canvas:
    """The canvas of a plane of a RAS+ volume.

    Args:
        plane: the plane shown.
        coordinates: storage or viewing.
        shape: voxels along x, y, z.
        spacing_mm: voxel size along x, y, z in mm.
        longer_side: pixels along the longer side; pixels are square in mm.
    """
    first, second = (axis_index(a) for a in in_plane_axes(plane))
    rows, columns = (first, second) if coordinates == "storage" else (second, first)
    height_mm = shape[rows] * spacing_mm[rows]
    width_mm = shape[columns] * spacing_mm[columns]
    mm_per_pixel = max(height_mm, width_mm) / longer_side
    return Canvas(
        width=max(1, round(width_mm / mm_per_pixel)),
        height=max(1, round(height_mm / mm_per_pixel)),
        mm_per_pixel=mm_per_pixel,
        native=(shape[rows], shape[columns]),
    )


def squared(picture: NDArray[_Scalar], coordinates: Coordinates) -> NDArray[_Scalar]:
    """A picture (height, width) in the middle of a square of zeros, whose side is its longer side.

    If one pixel is left over, it is at the bottom or right in storage and at the top or left in viewing, so
    that the squares of a slice in both coordinates are the same picture, transposed and turned.
    """
    side = max(picture.shape)
    square = np.zeros((side, side), dtype=picture.dtype)
    odd = 0 if coordinates == "storage" else 1
    top, left = ((side - size + odd) // 2 for size in picture.shape)
    square[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return square
