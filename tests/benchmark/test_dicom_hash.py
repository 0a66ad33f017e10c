"""A benchmark does not depend on the form of its scans."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest

from ..volumes.conftest import dicom_slice  # noqa: TID252  # the root is not on the path
from .conftest import AFFINE, torso_labels


def hounsfield() -> np.ndarray:
    """(40, 40, 50) int16 with values below and above 0 in every slice."""
    scan = np.where(torso_labels() > 0, 60, -200).astype(np.int16)
    return scan + (np.arange(scan.size, dtype=np.int16) % 97).reshape(scan.shape)


def mixed(k: int, dataset: pydicom.Dataset, pixels: np.ndarray) -> None:
    """A slope, intercept, sign and number of bits that differ from slice to slice, some compressed."""
    slope, intercept, signed = [(1, -1024, False), (1, 0, True), (0.5, -1000, False), (1, -300, False)][k % 4]
    raw = (pixels.astype(float) - intercept) / slope
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.PixelRepresentation = (
        slope,
        intercept,
        int(signed),
    )
    dataset.PixelData = raw.astype("<i2" if signed else "<u2").tobytes()
    if k % 4 == 0:
        dataset.BitsStored, dataset.HighBit = 12, 11
    if k % 5 == 0:
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)


def write_slices(folder: Path, change: Callable[..., None] | None) -> None:
    scan = hounsfield()
    folder.mkdir()
    for k in range(scan.shape[2]):
        pixels = np.ascontiguousarray(scan[::-1, ::-1, k].T)
        place = AFFINE @ (scan.shape[0] - 1, scan.shape[1] - 1, k, 1)
        dataset = dicom_slice(pixels, place, k, PixelSpacing=[4, 4])
        if change:
            change(k, dataset, pixels)
        dataset.save_as(folder / f"1.2.3.{k}", enforce_file_format=True)


@pytest.mark.slow
def test_dicom_of_any_kind_gives_the_hash_of_nifti(tmp_path: Path, misground: Callable[..., Any]) -> None:
    hashes = {}
    for form in ("nifti", "plain", "mixed"):
        folder = tmp_path / form
        folder.mkdir()
        nib.save(nib.Nifti1Image(torso_labels(), AFFINE), folder / "labels.nii.gz")
        if form == "nifti":
            nib.save(nib.Nifti1Image(hounsfield(), AFFINE), folder / "ct.nii.gz")
        else:
            write_slices(folder / "ct.nii.gz", mixed if form == "mixed" else None)
        (folder / "cases.csv").write_text("case_id,scan,labels,labelset\na,ct.nii.gz,labels.nii.gz,total\n")
        out = tmp_path / f"{form}-built"
        run = misground("build", f"labelmap:{folder}", "-o", out, "--max-questions", 26, "--workers", 1)
        assert run.returncode == 0, run.stderr
        hashes[form] = json.loads((out / "manifest.json").read_text())["content_hash"]
    assert hashes["plain"] == hashes["nifti"]
    assert hashes["mixed"] == hashes["nifti"]
