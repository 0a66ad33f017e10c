"""The position of a mask in the patient."""

import numpy as np
from numpy.typing import NDArray


def centroid_mm(mask: NDArray[np.bool_], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The centroid of a mask in the patient.

    Args:
        mask: (I, J, K), with at least one voxel.
        affine: (4, 4), maps voxel indices to RAS+ mm.

    Returns:
        (3,) position in RAS+ mm.
    """
    count = np.count_nonzero(mask)
    index = [
        float(np.arange(n) @ np.count_nonzero(mask, axis=tuple(a for a in range(3) if a != axis))) / count
        for axis, n in enumerate(mask.shape)
    ]
    position: NDArray[np.float64] = affine[:3, :3] @ np.array(index) + affine[:3, 3]
    return position


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """The bounding box of a mask (I, J, K) with at least one voxel."""
    ends = []
    for axis in range(3):
        shown = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        ends.append(slice(int(shown[0]), int(shown[-1]) + 1))
    first, second, third = ends
    return first, second, third


def shifted(affine: NDArray[np.float64], box: tuple[slice, slice, slice]) -> NDArray[np.float64]:
    """The affine (4, 4) of the part of a volume inside a box of indices."""
    cut = affine.copy()
    cut[:3, 3] += affine[:3, :3] @ np.array([part.start for part in box], dtype=np.float64)
    return cut
