"""The storage of a finished phantom: axis order, flips, and the affine that describes them."""

from math import cos, radians, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.records import Volume

Axes = tuple[tuple[int, int], ...]

# All 48 ways to store an array: for each file axis the RAS+ axis and its direction.
ORDERS: Final[tuple[Axes, ...]] = tuple(
    ((a, sa), (b, sb), (3 - a - b, sc))
    for a in range(3)
    for b in range(3)
    if b != a
    for sa in (1, -1)
    for sb in (1, -1)
    for sc in (1, -1)
)


def stored(
    arrays: tuple[NDArray[np.int16], NDArray[np.uint8]],
    spacing_mm: tuple[float, float, float],
    centre_mm: tuple[float, float, float],
    order: Axes,
    turned: tuple[float, float, float] = (0, 0, 0),
) -> tuple[Volume, Volume]:
    """Scan and labels in a file's axis order, with the affine from its voxels to RAS+ mm.

    The arrays are (X, Y, Z) along the patient's axes, with `spacing_mm` between their voxels. `centre_mm` is
    the position of the middle of the grid, `turned` the rotation of the whole grid about x, y and z in
    degrees.
    """
    shape = arrays[0].shape
    turn = rotation(*turned)
    matrix = np.zeros((3, 3))
    first = np.zeros(3)
    for column, (axis, sign) in enumerate(order):
        matrix[:, column] = [turn[row][axis] * spacing_mm[axis] * sign for row in range(3)]
        first[column] = (shape[axis] - 1) / 2
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = [
        round(centre_mm[row] - sum(matrix[row, i] * first[i] for i in range(3)), 4) for row in range(3)
    ]
    flips = tuple(slice(None, None, sign) for _, sign in order)
    moved = [array.transpose([axis for axis, _ in order])[flips] for array in arrays]
    return Volume(moved[0], affine), Volume(moved[1], affine.copy())


def rotation(about_x: float, about_y: float, about_z: float) -> list[list[float]]:
    """The rotation by degrees about x, then y, then z, to six decimals."""
    (cx, sx), (cy, sy), (cz, sz) = ((cos(radians(d)), sin(radians(d))) for d in (about_x, about_y, about_z))
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return [[round(v, 6) for v in row] for row in rows]
