"""Checks of affines, and the distance between two of them.

An affine (4, 4) maps voxel indices to RAS+ coordinates in mm. DICOM, ITK, NRRD and MetaImage use LPS+
instead, where the first two axes are reversed.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError

LPS_TO_RAS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])
# Two grids count as equal if no corner is displaced by more than this fraction of the smallest voxel side,
# which
# is far above the rounding of float32 headers and far below a shift by one voxel.
GRID_TOLERANCE: Final = 0.1
# How far the length of a direction may be from 1, where the voxel size is stated apart from it.
UNIT_TOLERANCE: Final = 0.01
_SIDES_MM: Final = (1e-3, 1e3)
_SMALLEST_DETERMINANT: Final = 1e-3


def make_affine(columns: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine (4, 4) from the steps along the array axes, the columns of (3, 3), and the first voxel."""
    affine = np.eye(4)
    affine[:3, :3] = columns
    affine[:3, 3] = origin
    return affine


def check_affine(affine: NDArray[np.float64]) -> None:
    """Raise CaseError for an unusable affine: NaN, zero, singular, or with implausible voxel sides."""
    if affine.shape != (4, 4) or not np.isfinite(affine).all():
        raise CaseError("the affine contains NaN or infinite numbers; expected finite ones")
    sides = voxel_sides(affine)
    if not all(_SIDES_MM[0] <= side <= _SIDES_MM[1] for side in sides):
        shown = " x ".join(f"{side:.3g}" for side in sides)
        raise CaseError(f"the affine gives voxels of {shown} mm; expected sides from 0.001 to 1000 mm")
    if not np.array_equal(affine[3], (0, 0, 0, 1)):
        raise CaseError(f"the affine's last row is {affine[3].tolist()}; expected 0 0 0 1")
    if abs(np.linalg.det(affine[:3, :3] / sides)) < _SMALLEST_DETERMINANT:
        raise CaseError("the affine is singular; expected linearly independent voxel axes")


def voxel_sides(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) length in mm of one step along each array axis."""
    with np.errstate(over="ignore"):
        sides: NDArray[np.float64] = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return sides


def corner_shift(a: NDArray[np.float64], b: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """The largest distance in mm between the positions that two affines give to the same corner voxel."""
    corners = np.array([(*c, 1) for c in itertools.product(*((0, n - 1) for n in shape))], np.float64)
    return float(np.sqrt((((a - b) @ corners.T)[:3] ** 2).sum(axis=0)).max())


def check_same_grid(
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    other_shape: tuple[int, ...],
    other_affine: NDArray[np.float64],
    other: str,
) -> None:
    """Check that a volume is on the grid of another one.

    The shapes must be equal, and no corner displaced by more than a tenth of the smallest voxel side.

    Args:
        shape: shape of the volume.
        affine: (4, 4) affine of the volume.
        other_shape: shape of the other volume.
        other_affine: (4, 4) affine of the other volume.
        other: what the other volume is called in the message.

    Raises:
        CaseError: the grids differ; the message contains the numbers.
    """
    if shape != other_shape:
        raise CaseError(
            f"found {_times(shape)} voxels, but {_times(other_shape)} in {other}; expected equal shapes"
        )
    shift = corner_shift(affine, other_affine, shape)
    limit = GRID_TOLERANCE * float(min(voxel_sides(affine).min(), voxel_sides(other_affine).min()))
    if shift > limit:
        raise CaseError(
            f"the affine places a corner {shift:.3g} mm away from its position in {other}; "
            f"expected at most {limit:.3g} mm"
        )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
