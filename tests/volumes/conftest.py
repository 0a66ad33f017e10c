"""Small volumes on disk, and references to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
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


Change = Callable[[int, Any, np.ndarray], Any]


@pytest.fixture
def write_dicom(tmp_path: Path) -> Callable[..., Path]:
    """Write (x, y, z) in RAS order, 2 x 3 x 4 mm, as axial DICOM slices by pydicom.

    `change(k, dataset, pixels)` may change a slice before it is written, or return False to leave it out.
    """

    def write(
        data: np.ndarray,
        folder: str = "series",
        change: Change | None = None,
        name: str = "{}.dcm",
        **fields: Any,
    ) -> Path:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for k in range(data.shape[2]):
            pixels = np.ascontiguousarray(data[::-1, ::-1, k].T)
            dataset = dicom_slice(pixels, AFFINE @ (data.shape[0] - 1, data.shape[1] - 1, k, 1), k, **fields)
            if change is None or change(k, dataset, pixels) is not False:
                dataset.save_as(path / name.format(k), enforce_file_format=True)
        return path

    return write


def dicom_slice(pixels: np.ndarray, ras: np.ndarray, k: int, **fields: Any) -> pydicom.Dataset:
    """An axial CT slice of int16 pixels (rows, columns) whose first pixel lies at this RAS place."""
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = fields.pop("SOPClassUID", pydicom.uid.CTImageStorage)
    dataset.SeriesInstanceUID = fields.pop("SeriesInstanceUID", "1.2.3")
    dataset.SOPInstanceUID = f"{dataset.SeriesInstanceUID}.{k + 1}"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        dataset.SOPClassUID,
        dataset.SOPInstanceUID,
    )
    dataset.Modality, dataset.InstanceNumber = "CT", k + 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.ImagePositionPatient = [f"{v:.6f}" for v in (-ras[0], -ras[1], ras[2])]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [3, 2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.PixelData = pixels.astype("<i2").tobytes()
    for key, value in fields.items():
        setattr(dataset, key, value)
    return dataset
