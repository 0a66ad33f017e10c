"""The section of a structure in one slice, first in native voxels, then in canvas pixels.

What must not depend on the coordinates (the component, its middle voxel) is determined once, in the RAS+
slice.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from misground.coordinates import Canvas, to_screen
from misground.records import Coordinates

_Index = TypeVar("_Index", int, NDArray[np.intp])

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.int8)


@dataclass(frozen=True)
class NativeSection:
    """A structure in a RAS+ slice (first, second axis), in voxels.

    Attributes:
        start: first voxel of the bounding box.
        inside: mask of the structure in the bounding box.
        middle: the voxel of the largest 8-connected component that is nearest its centroid.
    """

    start: tuple[int, int]
    inside: NDArray[np.bool_]
    middle: tuple[int, int]


@dataclass(frozen=True)
class Section:
    """A structure on a canvas, in pixels.

    Attributes:
        box: bounding box (x0, y0, x1, y1), half-open.
        inside: (y1 - y0, x1 - x0) mask of the structure, at least one pixel.
        point: (x, y), inside the structure.
    """

    box: tuple[int, int, int, int]
    inside: NDArray[np.bool_]
    point: tuple[int, int]


def find_section(
    labels: NDArray[np.unsignedinteger], value: int, spacing_mm: tuple[float, float]
) -> NativeSection | None:
    """The section of a label value in a RAS+ slice; None if the value does not occur."""
    found = labels == value
    rows = np.flatnonzero(found.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(found[rows[0] : rows[-1] + 1].any(axis=0))
    start = int(rows[0]), int(columns[0])
    inside = np.ascontiguousarray(found[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    row, column = _middle(_largest_component(inside), spacing_mm)
    return NativeSection(start, inside, (start[0] + row, start[1] + column))


def _largest_component(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The 8-connected component with the most voxels; among equal ones, the first."""
    components, count = ndimage.label(inside, structure=_EIGHT_NEIGHBOURS)
    if count == 1:
        return inside
    sizes = np.bincount(components.ravel())
    largest: NDArray[np.bool_] = components == 1 + np.argmax(sizes[1:])
    return largest


def _middle(inside: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> tuple[int, int]:
    """The voxel inside that is nearest the centroid in mm; among equally near ones, the first."""
    rows, columns = np.nonzero(inside)
    # Sums of integers are exact in any order, so the centroid does not depend on the machine.
    row, column = int(rows.sum()) / rows.size, int(columns.sum()) / rows.size
    away = ((rows - row) * spacing_mm[0]) ** 2 + ((columns - column) * spacing_mm[1]) ** 2
    nearest = int(np.argmin(away))
    return int(rows[nearest]), int(columns[nearest])


def on_canvas(section: NativeSection, coordinates: Coordinates, canvas: Canvas) -> Section:
    """A section as the canvas shows it, by nearest-neighbour scaling (docs/conventions.md).

    If the canvas is coarser than the voxels, a thin section may miss all pixel centres; it is then shown by
    the pixels that contain its voxels' centres.
    """
    inside = to_screen(section.inside, coordinates)
    top, left = _screen_start(section.start, section.inside.shape, coordinates, canvas.native)
    middle_row, middle_column = _screen_start(section.middle, (1, 1), coordinates, canvas.native)
    middle = (
        _pixel_under(middle_column, canvas.width, canvas.native[1]),
        _pixel_under(middle_row, canvas.height, canvas.native[0]),
    )
    y, rows = _sampled(canvas.row_voxels(), top, inside.shape[0])
    x, columns = _sampled(canvas.column_voxels(), left, inside.shape[1])
    scaled = inside[np.ix_(rows, columns)]
    if not scaled.any():
        found_rows, found_columns = np.nonzero(inside)
        ys = _pixel_under(found_rows + top, canvas.height, canvas.native[0])
        xs = _pixel_under(found_columns + left, canvas.width, canvas.native[1])
        y, x = int(ys.min()), int(xs.min())
        scaled = np.zeros((int(ys.max()) - y + 1, int(xs.max()) - x + 1), dtype=np.bool_)
        scaled[ys - y, xs - x] = True
    return _tight(x, y, scaled, middle)


def _tight(x: int, y: int, inside: NDArray[np.bool_], middle: tuple[int, int]) -> Section:
    """The section of the pixels `inside`, which start at (x, y), with its point nearest `middle`."""
    rows = np.flatnonzero(inside.any(axis=1))
    columns = np.flatnonzero(inside.any(axis=0))
    y0, x0 = int(rows[0]), int(columns[0])
    y1, x1 = int(rows[-1]) + 1, int(columns[-1]) + 1
    inside = np.ascontiguousarray(inside[y0:y1, x0:x1])
    x0, y0, x1, y1 = x0 + x, y0 + y, x1 + x, y1 + y
    return Section((x0, y0, x1, y1), inside, _nearest_inside(inside, (x0, y0), middle))


def _nearest_inside(
    inside: NDArray[np.bool_], start: tuple[int, int], wanted: tuple[int, int]
) -> tuple[int, int]:
    """The pixel of a section that is nearest the wanted one; among equally near ones, the first."""
    x, y = wanted[0] - start[0], wanted[1] - start[1]
    height, width = inside.shape
    if 0 <= x < width and 0 <= y < height and inside[y, x]:
        return wanted
    rows, columns = np.nonzero(inside)
    nearest = int(np.argmin((rows - y) ** 2 + (columns - x) ** 2))
    return int(columns[nearest]) + start[0], int(rows[nearest]) + start[1]


def _screen_start(
    start: tuple[int, int], size: tuple[int, ...], coordinates: Coordinates, native: tuple[int, int]
) -> tuple[int, int]:
    """The screen (row, column) of a rectangle's first voxel; `native`: voxels along (rows, columns)."""
    if coordinates == "storage":
        return start
    return native[0] - start[1] - size[1], native[1] - start[0] - size[0]


def _sampled(voxels: NDArray[np.intp], start: int, size: int) -> tuple[int, NDArray[np.intp]]:
    """The first pixel with its centre in voxels start .. start + size, and the voxel of each such pixel."""
    first, last = np.searchsorted(voxels, [start, start + size])
    return int(first), voxels[first:last] - start


def _pixel_under(voxel: _Index, pixels: int, voxels: int) -> _Index:
    """The pixel that contains a voxel's centre, along an axis of `voxels` voxels and `pixels` pixels."""
    return (2 * voxel + 1) * pixels // (2 * voxels)
