"""A phantom written by the field's own libraries, and the case that must come back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from misground.records import Case, RawCase
from misground.sources import list_cases
from misground.volumes import load_case, orient

KEYS = ("liver", "spleen", "kidney_left", "kidney_right", "heart", "urinary_bladder", "vertebrae", "sacrum")


@dataclass(frozen=True)
class Phantom:
    """A made-up torso with a few structures.

    Attributes:
        scan: (I, J, K) int16.
        labels: (I, J, K) uint8, values 1 to 8 for KEYS.
        affine: to RAS+ mm.
    """

    scan: NDArray[np.int16]
    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]
    names: tuple[str, ...] = KEYS

    def mask(self, key: str) -> NDArray[np.bool_]:
        return self.labels == KEYS.index(key) + 1

    def check(self, case: Case) -> None:
        """Assert that a case is this phantom, voxel by voxel."""
        assert {s.key for s in case.structures} == {key for key in KEYS if self.mask(key).any()}
        raw_affine = self.affine
        assert np.allclose(case.facts.spacing_mm, np.sqrt((raw_affine[:3, :3] ** 2).sum(axis=0)), atol=1e-4)
        flips = tuple(slice(None, None, 1 if raw_affine[i, i] > 0 else -1) for i in range(3))
        for number, structure in enumerate(case.structures, 1):
            assert np.array_equal(case.labels == number, self.mask(structure.key)[flips]), structure.key


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """Every second voxel of a phantom torso, on an LPS grid with its own origin."""
    (ref,) = list_cases("phantom:torso?n=1").refs
    raw: RawCase = ref.read()
    scan, labels = orient(raw.scan), orient(raw.labels)
    step = tuple(slice(None, None, -3 if i < 2 else 3) for i in range(3))
    small = np.zeros(labels.data[step].shape, np.uint8)
    values = labels.data[step]
    for value, structure in raw.structures.items():
        if structure.key in KEYS:
            small[values == value] = KEYS.index(structure.key) + 1
    affine = np.diag([-6.0, -6.0, 5.0, 1.0])
    affine[:3, 3] = (150.0, 120.0, -200.0)
    return Phantom(np.ascontiguousarray(scan.data[step]).astype(np.int16), small, affine)


@pytest.fixture
def scan_file(tmp_path: Path, phantom: Phantom) -> Callable[..., Path]:
    def write(name: str = "p1/ct.nii.gz") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(phantom.scan, phantom.affine), path)
        return path

    return write


@pytest.fixture
def only_case(tmp_path: Path) -> Callable[..., Case]:
    """The only case of the folder, read."""

    def read(options: str = "") -> Case:
        listing = list_cases(f"segmentations:{tmp_path}{options}")
        assert not listing.skipped
        (ref,) = listing.refs
        return load_case(ref)

    return read
