"""Folders of DICOM slices, written by SimpleITK."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from misground.errors import CaseError
from misground.volumes import orient, read_volume

SPACING = (1.0, 2.0, 3.0)
STRAIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
SAGITTAL = (0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


@pytest.fixture
def scan() -> np.ndarray:
    """(5, 6, 7) int16: columns, rows, slices."""
    return np.arange(-100, 110, dtype=np.int16).reshape(5, 6, 7)


@pytest.fixture
def write_series(tmp_path: Path) -> Callable[..., Path]:
    """Write (columns, rows, slices) as a series; `at` replaces the slices' positions."""

    def write(
        data: np.ndarray,
        folder: str = "series",
        direction: Sequence[float] = STRAIGHT,
        series: str = "1.2.3.1",
        at: Sequence[Sequence[float]] = (),
        **tags: str,
    ) -> Path:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        image = SimpleITK.GetImageFromArray(data.T)
        image.SetSpacing(SPACING)
        image.SetOrigin((10, -20, 30))
        image.SetDirection(direction)
        writer = SimpleITK.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        for k in range(data.shape[2]):
            piece = image[:, :, k]
            place = at[k] if at else image.TransformIndexToPhysicalPoint((0, 0, k))
            values = {
                "0008|0060": "CT",
                "0020|000d": "1.2.3",
                "0020|000e": series,
                "0008|0018": f"{series}.{k + 1}",
                "0020|0013": str(k + 1),
                "0020|0032": "\\".join(map(str, place)),
                "0020|0037": "\\".join(str(direction[i]) for i in (0, 3, 6, 1, 4, 7)),
            }
            for key, value in (values | tags).items():
                piece.SetMetaData(key, value)
            # The names run against the positions: order is by position.
            writer.SetFileName(str(path / f"{series}-{99 - k}.dcm"))
            writer.Execute(piece)
        return path

    return write


def reason(path: Path, **settings: Any) -> str:
    with pytest.raises(CaseError) as caught:
        read_volume(path, **settings)
    text = str(caught.value)
    assert text.startswith(f"{path.name!r}: ")
    assert "\n" not in text
    assert str(path.parent) not in text
    return text


@pytest.mark.parametrize("direction", [STRAIGHT, SAGITTAL])
def test_a_series_and_the_same_volume_as_nifti_are_one_in_ras(
    direction: tuple[float, ...],
    tmp_path: Path,
    write_series: Callable[..., Path],
    scan: np.ndarray,
    capfd: pytest.CaptureFixture[str],
) -> None:
    series = orient(read_volume(write_series(scan, "série 肝", direction)))
    affine = np.eye(4)
    affine[:3, :3] = np.array(direction).reshape(3, 3) * SPACING
    affine[:3, 3] = (10, -20, 30)
    nib.save(nib.Nifti1Image(scan, np.diag([-1.0, -1, 1, 1]) @ affine), tmp_path / "ct.nii.gz")
    nifti = orient(read_volume(tmp_path / "ct.nii.gz"))
    np.testing.assert_array_equal(series.data, nifti.data)
    assert series.data.dtype == nifti.data.dtype
    assert series.spacing_mm == nifti.spacing_mm
    np.testing.assert_allclose(series.affine, nifti.affine, atol=1e-5)
    assert capfd.readouterr() == ("", "")


def test_a_tilted_gantry_keeps_its_shear(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    tilt = np.tan(np.radians(10))
    volume = read_volume(write_series(scan, at=[(0, 3 * k * tilt, 3 * k) for k in range(7)]))
    np.testing.assert_allclose(volume.affine[:3, 2], (0, -3 * tilt, 3), atol=1e-6)
    assert orient(volume).oblique_degrees == pytest.approx(10, abs=0.01)


def test_two_series_in_one_folder_are_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    write_series(scan)
    assert "contains 2 DICOM series" in reason(write_series(scan, series="1.2.3.2"))


def test_a_missing_slice_is_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    path = write_series(scan)
    (path / "1.2.3.1-96.dcm").unlink()
    assert "1 slice is missing" in reason(path)


def test_slices_over_each_other_are_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    at = [(0, 0, 3 * (k // 2)) for k in range(7)]
    assert "something else than another slice at the same position" in reason(write_series(scan, at=at))


@pytest.mark.parametrize("which", [93, 96, 99])
def test_a_slice_that_is_cut_off_is_refused(
    which: int, write_series: Callable[..., Path], scan: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_series(scan)
    file = path / f"1.2.3.1-{which}.dcm"
    file.write_bytes(file.read_bytes()[:-20])
    reason(path)
    assert capfd.readouterr() == ("", "")


def test_a_slice_of_another_size_is_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    path = write_series(scan)
    other = write_series(scan[:4, :, :1], "other", at=[(10, -20, 51)])
    next(other.iterdir()).rename(path / "larger.dcm")
    assert "different sizes" in reason(path)


@pytest.mark.parametrize("element", [0x32, 0x37])
def test_slices_of_unknown_place_are_refused(
    element: int, write_series: Callable[..., Path], scan: np.ndarray
) -> None:
    path = write_series(scan)
    for file in path.iterdir():
        # The element becomes one that means nothing.
        content = file.read_bytes()
        assert content.count(bytes((0x20, 0, element, 0))) == 1
        file.write_bytes(content.replace(bytes((0x20, 0, element, 0)), bytes((0x20, 0, element + 1, 0))))
    assert "position in the patient is unknown" in reason(path)


def test_a_single_slice_is_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    assert "at least two" in reason(write_series(scan[:, :, :1]))


def test_a_series_of_too_many_voxels_is_refused(write_series: Callable[..., Path], scan: np.ndarray) -> None:
    path = write_series(scan)
    assert "at most 209" in reason(path, max_voxels=209)
    assert read_volume(path, max_voxels=210).data.size == 210


@pytest.mark.parametrize("content", [None, b"", b"notes"])
def test_a_folder_without_a_series_is_refused(content: bytes | None, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    if content is not None:
        (folder / "notes.txt").write_bytes(content)
    assert "no DICOM series" in reason(folder)


def test_other_files_beside_the_slices_do_not_matter(
    write_series: Callable[..., Path], scan: np.ndarray
) -> None:
    path = write_series(scan)
    (path / "notes.txt").write_text("hello")
    (path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    np.testing.assert_array_equal(read_volume(path).data, scan)


def test_a_slice_that_claims_more_pixels_than_its_file_holds_is_not_read(
    write_series: Callable[..., Path], scan: np.ndarray
) -> None:
    folder = write_series(scan[..., :2])
    for path in folder.iterdir():
        content = path.read_bytes()
        for tag in (b"\x28\x00\x10\x00", b"\x28\x00\x11\x00"):  # rows, columns
            start = content.index(tag)
            value = start + 8  # after the tag and either US and a short length, or a long length
            content = content[:value] + (16_000).to_bytes(2, "little") + content[value + 2 :]
        path.write_bytes(content)
    assert "too short for the 512000000 bytes of pixels that it claims" in reason(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_among_the_slices_is_not_opened(
    write_series: Callable[..., Path], scan: np.ndarray
) -> None:
    folder = write_series(scan)
    os.mkfifo(folder / "99.dcm")
    assert "'99.dcm' in it is neither a file nor a folder" in reason(folder)
