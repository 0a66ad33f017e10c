"""Small volumes on disk, and references to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from misground.anatomy import structure_table
from misground.records import CaseRef, RawCase, Volume

Writer = Callable[..., Path]
AFFINE = np.array([[2.0, 0, 0, -10], [0, 3, 0, 5], [0, 0, 4, 7], [0, 0, 0, 1]])


@pytest.fixture
def ramp() -> np.ndarray:
    """(4, 5, 6) int16, every voxel different, negative ones among them."""
    return np.arange(-20, 100, dtype=np.int16).reshape(4, 5, 6)


@pytest.fixture
def write_nifti(tmp_path: Path) -> Writer:
    """Write an array as NIfTI with sform and qform set alike; header fields may be changed."""

    def write(data: np.ndarray, name: str = "ct.nii.gz", affine: np.ndarray = AFFINE, **fields: Any) -> Path:
        image = nib.Nifti1Image(data, affine)
        image.set_sform(affine, code=1)
        image.set_qform(affine, code=1)
        path = tmp_path / name
        nib.save(image, path)
        if fields:
            change_header(path, **fields)
        return path

    return write


def change_header(path: Path, **fields: Any) -> None:
    """Overwrite fields of a NIfTI-1 header as it lies in the file, sensible or not."""
    opener = nib.openers.Opener(path)
    with opener as stream:
        content = bytearray(stream.read())
    header = nib.Nifti1Header(bytes(content[:348]), check=False)
    for key, value in fields.items():
        header[key] = value
    content[:348] = header.binaryblock
    with nib.openers.Opener(path, "wb") as stream:
        stream.write(bytes(content))


@pytest.fixture
def make_ref() -> Callable[..., CaseRef]:
    """A case whose reader returns made-up volumes; keyword arguments replace what is in them."""

    def make(scan: Any = None, labels: Any = None, affine: Any = AFFINE, **raw: Any) -> CaseRef:
        scan = np.arange(120, dtype=np.int16).reshape(4, 5, 6) if scan is None else scan
        if labels is None:
            labels = np.zeros(scan.shape, np.uint8)
            labels[1, 1, 1], labels[2, 2, 2:4] = 5, 1
        raw.setdefault("structures", structure_table().label_set("total"))
        scan = scan if isinstance(scan, Volume) else Volume(scan, affine)
        labels = labels if isinstance(labels, Volume) else Volume(labels, affine)
        return CaseRef("s1", "ct", "torso", "test", lambda: RawCase(scan, labels, **raw), "0")

    return make
