"""Where a mask lies in the patient."""

import numpy as np
from numpy.typing import NDArray


def centroid_mm(mask: NDArray[np.bool_], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) centroid of a mask (I, J, K) in RAS+ millimetres; affine (4, 4) from indices to RAS+ mm.

    The mask has at least one voxel.
    """
    count = np.count_nonzero(mask)
    index = [
        float(np.arange(n) @ np.count_nonzero(mask, axis=tuple(a for a in range(3) if a != axis))) / count
        for axis, n in enumerate(mask.shape)
    ]
    position: NDArray[np.float64] = affine[:3, :3] @ np.array(index) + affine[:3, 3]
    return position


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """The smallest box that holds a mask (I, J, K) of at least one voxel."""
    ends = []
    for axis in range(3):
        shown = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        ends.append(slice(int(shown[0]), int(shown[-1]) + 1))
    first, second, third = ends
    return first, second, third


def shifted(affine: NDArray[np.float64], box: tuple[slice, slice, slice]) -> NDArray[np.float64]:
    """The affine (4, 4) of the part of a volume that a box of indices cuts out."""
    cut = affine.copy()
    cut[:3, 3] += affine[:3, :3] @ np.array([part.start for part in box], dtype=np.float64)
    return cut
