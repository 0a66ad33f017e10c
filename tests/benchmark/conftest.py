"""Small data sets in TotalSegmentator's layout."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

# Label value -> box in voxels of 4 mm; x grows to the patient's right, z upwards.
ORGANS = {
    1: (slice(5, 12), slice(8, 18), slice(24, 32)),  # spleen
    2: (slice(27, 32), slice(8, 14), slice(14, 23)),  # kidney_right
    3: (slice(8, 13), slice(8, 14), slice(15, 24)),  # kidney_left
    5: (slice(22, 36), slice(12, 30), slice(24, 36)),  # liver
    6: (slice(10, 18), slice(22, 32), slice(24, 33)),  # stomach
    21: (slice(16, 25), slice(20, 28), slice(0, 7)),  # urinary_bladder
    25: (slice(16, 25), slice(4, 10), slice(2, 11)),  # sacrum
    51: (slice(13, 25), slice(20, 32), slice(38, 48)),  # heart
    116: (slice(17, 23), slice(34, 38), slice(36, 48)),  # sternum
}
SHAPE = (40, 40, 50)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])


def torso_labels() -> NDArray[np.uint8]:
    """A label map of nine boxes that agrees with plain anatomy."""
    labels = np.zeros(SHAPE, np.uint8)
    for value, box in ORGANS.items():
        labels[box] = value
    return labels


def write_case(
    folder: Path,
    *,
    labels: NDArray[np.generic] | None = None,
    scan: NDArray[np.generic] | None = None,
    affine: NDArray[np.float64] = AFFINE,
    labels_affine: NDArray[np.float64] | None = None,
) -> Path:
    """One case with a multi-label file; the scan is 100 HU where there is an organ."""
    folder.mkdir(parents=True)
    labels = torso_labels() if labels is None else labels
    scan = np.where(labels > 0, 100, 0).astype(np.int16) if scan is None else scan
    nib.save(nib.Nifti1Image(scan, affine), folder / "ct.nii.gz")
    nib.save(
        nib.Nifti1Image(labels, affine if labels_affine is None else labels_affine),
        folder / "segmentation.nii.gz",
    )
    return folder


@pytest.fixture(scope="session")
def case_writer() -> Callable[..., Path]:
    """The function that writes one small case."""
    return write_case
