"""Reordering of a volume's axes from the file's order to RAS+, based only on the affine.

Axis 0 then points to the patient's right, 1 anterior, 2 superior. An oblique volume is assigned to the
closest axes, not resampled.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from nibabel import orientations
from numpy.typing import NDArray

from misground.records import Volume
from misground.volumes.geometry import check_affine, make_affine

# nibabel's functions are only partly typed.
_orientations: Any = orientations


@dataclass(frozen=True)
class Oriented:
    """A volume in RAS+ order.

    All attributes except the affine are bit-for-bit equal for every axis order in which a volume is stored.

    Attributes:
        data: (X, Y, Z), a strided view of the file's array.
        spacing_mm: voxel sides along x, y, z in mm, rounded to 1e-9.
        axes: (3, 3), row i is the unit vector of array axis i in true patient RAS+ directions.
        oblique_degrees: the largest angle between an array axis and its patient axis, rounded to 0.001.
        affine: (4, 4), maps indices of `data` to RAS+ mm.
    """

    data: NDArray[np.generic]
    spacing_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    oblique_degrees: float
    affine: NDArray[np.float64]


def orient(volume: Volume) -> Oriented:
    """Bring a volume (I, J, K) to RAS+ without copying it. Raises CaseError for an unusable affine."""
    affine = volume.affine
    check_affine(affine)
    # Row i of the table: the patient axis closest to array axis i, and the sign of its direction.
    table: NDArray[np.float64] = _orientations.io_orientation(affine)
    order = [int(axis) for axis in np.argsort(table[:, 0])]
    signs = table[order, 1]
    data = volume.data.transpose(order)[tuple(slice(None, None, int(sign)) for sign in signs)]
    columns = affine[:3, order] * signs + 0.0  # + 0.0 turns -0.0 into 0.0
    far_ends = [n - 1 if sign < 0 else 0 for n, sign in zip(data.shape, signs, strict=True)]
    origin = affine[:3, 3] - columns @ np.array(far_ends, np.float64)
    sides = [math.hypot(*map(float, column)) for column in columns.T]
    axes = np.array([column / side for column, side in zip(columns.T, sides, strict=True)])
    x, y, z = (round(side, 9) for side in sides)
    return Oriented(
        data=data,
        spacing_mm=(x, y, z),
        axes=axes,
        oblique_degrees=round(max(_angle(axes[i], i) for i in range(3)), 3),
        affine=make_affine(columns, origin),
    )


def axis_codes(affine: NDArray[np.float64]) -> str:
    """The directions of the array axes, such as "RAS" or "PIL"."""
    return "".join(_orientations.aff2axcodes(affine))


def _angle(direction: NDArray[np.float64], axis: int) -> float:
    """Degrees between a unit vector and a patient axis; the arctangent is accurate for small angles, too."""
    along = float(direction[axis])
    across = math.hypot(*(float(direction[i]) for i in range(3) if i != axis))
    return math.degrees(math.atan2(across, along))
