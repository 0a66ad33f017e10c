"""From a file's axis order to RAS+, by the affine alone.

Axis 0 runs towards the patient's right, 1 anterior, 2 superior. An oblique volume is brought to its closest
axes, not resampled.
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

    data: (X, Y, Z), a strided view of the file's array. spacing_mm: voxel sides along x, y, z, to 1e-9 mm.
    axes: (3, 3), row i the unit vector of array axis i in true patient RAS+ directions. oblique_degrees: the
    largest angle between an array axis and the patient axis that it stands for, to 0.001. These four are
    equal to the bit in whichever axis order the same volume was stored. affine: (4, 4) of `data`.
    """

    data: NDArray[np.generic]
    spacing_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    oblique_degrees: float
    affine: NDArray[np.float64]


def orient(volume: Volume) -> Oriented:
    """Bring a volume (I, J, K) to RAS+ without a copy. CaseError for an affine that cannot be used."""
    affine = volume.affine
    check_affine(affine)
    # Row i of the table: the patient axis that array axis i is closest to, and whether it runs along it.
    table: NDArray[np.float64] = _orientations.io_orientation(affine)
    order = [int(axis) for axis in np.argsort(table[:, 0])]
    signs = table[order, 1]
    data = volume.data.transpose(order)[tuple(slice(None, None, int(sign)) for sign in signs)]
    columns = affine[:3, order] * signs + 0.0  # + 0.0 makes a -0.0 from the sign a 0.0
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
    """Which way the array axes run, such as "RAS" or "PIL"."""
    return "".join(_orientations.aff2axcodes(affine))


def _angle(direction: NDArray[np.float64], axis: int) -> float:
    """Degrees between a unit vector and a patient axis; by the tangent, exact for small angles too."""
    along = float(direction[axis])
    across = math.hypot(*(float(direction[i]) for i in range(3) if i != axis))
    return math.degrees(math.atan2(across, along))
