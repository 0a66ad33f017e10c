"""Which files of a DICOM folder are the scan, and where its slices lie."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from misground.errors import CaseError
from misground.volumes import orient, read_volume

from .conftest import AFFINE, dicom_slice

Write = Callable[..., Path]


@pytest.fixture
def scan() -> np.ndarray:
    """(5, 6, 7) int16."""
    return np.arange(-100, 110, dtype=np.int16).reshape(5, 6, 7)


def ras(path: Path, **settings: Any) -> np.ndarray:
    return orient(read_volume(path, **settings)).data


def reason(path: Path, **settings: Any) -> str:
    with pytest.raises(CaseError) as caught:
        read_volume(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def across(folder: Path, name: str = "LOC.dcm", **fields: Any) -> None:
    """A coronal slice of the scan's size beside it."""
    pixels = np.zeros((6, 5), np.int16)
    fields = {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]} | fields
    dicom_slice(pixels, np.array([0.0, 9.0, 30.0]), 90, **fields).save_as(
        folder / name, enforce_file_format=True
    )


@pytest.mark.parametrize(
    "name", ["{:03d}", "IM{:04d}.dcm", "1.2.840.113619.{}", "s{}.dicom", "x{}.IMA", "{}.1", "a{}.txt"]
)
def test_slices_are_known_by_their_content(name: str, write_dicom: Write, scan: np.ndarray) -> None:
    np.testing.assert_array_equal(ras(write_dicom(scan, name=name)), scan)


def test_slices_may_lack_the_preamble(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan)
    for file in path.iterdir():
        file.write_bytes(file.read_bytes()[132:])
    np.testing.assert_array_equal(ras(path), scan)


def test_files_that_are_no_slices_do_not_matter(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan)
    (path / "._0.dcm").write_bytes(bytes(128) + b"DICM" + bytes(20))
    (path / ".DS_Store").write_bytes(bytes(6000))
    (path / "dicomdir").write_bytes(bytes(128) + b"DICM" + bytes(20))
    (path / "notes").write_text("x" * 500)
    (path / "below").mkdir()
    assert read_volume(path).notes == ()
    np.testing.assert_array_equal(ras(path), scan)


@pytest.mark.parametrize(
    ("sop", "kind"),
    [
        ("1.2.840.10008.5.1.4.1.1.88.67", "dose or other report"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set"),
        ("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation"),
        ("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture"),
    ],
)
@pytest.mark.parametrize("series", ["1.2.3", "1.2.4"])
def test_other_objects_are_left_out_and_listed(
    sop: str, kind: str, series: str, write_dicom: Write, scan: np.ndarray
) -> None:
    path = write_dicom(scan)
    across(
        path,
        "other.dcm",
        SOPClassUID=sop,
        SeriesInstanceUID=series,
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
    )
    assert read_volume(path).notes == (f"left out of the DICOM folder: 1 of {kind} (such as 'other.dcm')",)
    np.testing.assert_array_equal(ras(path), scan)


@pytest.mark.parametrize("series", ["1.2.3", "1.2.4"])
@pytest.mark.parametrize(
    "image_type", [["ORIGINAL", "PRIMARY", "LOCALIZER"], ["ORIGINAL", "PRIMARY", "AXIAL"]]
)
def test_a_localizer_is_left_out_and_listed(
    series: str, image_type: list[str], write_dicom: Write, scan: np.ndarray
) -> None:
    path = write_dicom(scan)
    across(path, SeriesInstanceUID=series, ImageType=image_type)
    (note,) = read_volume(path).notes
    assert note.endswith("(such as 'LOC.dcm')")
    np.testing.assert_array_equal(ras(path), scan)


def test_a_folder_of_other_objects_says_what_it_holds(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan, SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4")
    assert "no DICOM series of slices, but 7 of Segmentation (such as '0.dcm')" in reason(path)


def test_a_few_slices_of_another_series_are_left_out(write_dicom: Write) -> None:
    scan = np.arange(5 * 6 * 10, dtype=np.int16).reshape(5, 6, 10)
    write_dicom(scan)
    path = write_dicom(scan[:, :, :3], name="scout{}.dcm", SeriesInstanceUID="1.2.4")
    assert read_volume(path).notes == (
        "left out of the DICOM folder: 3 of other series (such as 'scout0.dcm')",
    )
    np.testing.assert_array_equal(ras(path), scan)


@pytest.fixture
def two(write_dicom: Write, scan: np.ndarray) -> Path:
    """Two series in one folder; the second holds the negative."""
    write_dicom(scan)
    return write_dicom(-scan, name="second{}.dcm", SeriesInstanceUID="1.2.4")


def test_two_series_are_refused_with_what_tells_them_apart(two: Path) -> None:
    text = reason(two)
    assert (
        "2 DICOM series (7 slices of 5 x 6 such as '0.dcm'; 7 slices of 5 x 6 such as 'second0.dcm')" in text
    )
    assert "1.2.4" not in text  # nothing of a header but geometry leaves the reader


@pytest.mark.parametrize("series", ["1.2.4", "second3.dcm", "9.9.9, 1.2.4"])
def test_a_series_is_chosen_by_uid_or_file(series: str, two: Path, scan: np.ndarray) -> None:
    np.testing.assert_array_equal(ras(two, series=series), -scan)
    assert read_volume(two, series=series).notes == (
        "left out of the DICOM folder: 7 of CT (such as '0.dcm')",
    )


@pytest.mark.parametrize(("series", "found"), [("1.2", "no series"), ("1.2.3,1.2.4", "2 series")])
def test_a_choice_that_names_no_single_series_is_refused(series: str, found: str, two: Path) -> None:
    assert f"contains {found} that the option series names" in reason(two, series=series)


def test_slices_that_each_have_a_series_of_their_own_are_one(write_dicom: Write, scan: np.ndarray) -> None:
    def change(k: int, dataset: Any, _: np.ndarray) -> None:
        dataset.SeriesInstanceUID = f"1.2.3.{k}"

    np.testing.assert_array_equal(ras(write_dicom(scan, change=change)), scan)


def test_a_slice_that_is_there_twice_counts_once(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan)
    copy = pydicom.dcmread(path / "3.dcm")
    copy.SOPInstanceUID, copy.InstanceNumber = "1.2.3.99", 99
    copy.save_as(path / "copy.dcm")
    np.testing.assert_array_equal(ras(path), scan)


def test_two_pictures_of_one_place_are_refused(write_dicom: Write, scan: np.ndarray) -> None:
    write_dicom(scan)
    path = write_dicom(scan + 1, name="late{}.dcm")
    assert "shows something else than another slice at the same position" in reason(path)


@pytest.mark.parametrize(("gone", "text"), [((3,), "1 slice is missing"), ((2, 4), "2 slices are missing")])
def test_missing_slices_are_counted(
    gone: tuple[int, ...], text: str, write_dicom: Write, scan: np.ndarray
) -> None:
    path = write_dicom(scan, change=lambda k, *_: k not in gone)
    assert f"{text}: neighbours are 8 mm apart, most others 4 mm" in reason(path)


def move(**by: Any) -> Callable[[int, Any, np.ndarray], None]:
    """Move slices in LPS mm by what each function makes of k."""

    def change(k: int, dataset: Any, _: np.ndarray) -> None:
        place = [float(v) for v in dataset.ImagePositionPatient]
        for axis, name in enumerate("xyz"):
            place[axis] += by[name](k) if name in by else 0
        dataset.ImagePositionPatient = [f"{v:.6f}" for v in place]

    return change


def test_uneven_slices_are_refused(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan, change=move(z=lambda k: 1.3 if k > 4 else 0))
    assert "away from even spacing" in reason(path)


def test_slices_at_one_place_are_refused(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan, change=move(z=lambda k: -4 * k))
    assert "at one position" in reason(path)


def test_a_tilted_gantry_keeps_its_shear(write_dicom: Write, scan: np.ndarray) -> None:
    tilt = np.tan(np.radians(10))
    volume = orient(read_volume(write_dicom(scan, change=move(y=lambda k: 4 * k * tilt))))
    np.testing.assert_array_equal(volume.data, scan)
    np.testing.assert_allclose(volume.affine[:3, 2], (0, -4 * tilt, 4), atol=1e-5)


def test_a_damaged_slice_does_not_shorten_the_scan(write_dicom: Write, scan: np.ndarray) -> None:
    path = write_dicom(scan)
    (path / "6.dcm").write_bytes((path / "6.dcm").read_bytes()[:200])
    assert "'6.dcm'" in reason(path)


def test_an_element_that_claims_more_than_the_file_has_is_called_so(
    write_dicom: Write, scan: np.ndarray
) -> None:
    path = write_dicom(scan)
    file = path / "2.dcm"
    content = file.read_bytes()
    at = content.index(b"\x08\x00\x08\x00CS")
    file.write_bytes(content[: at + 4] + b"OB\0\0\xf0\xff\xff\xff" + content[at + 8 :])
    assert "'2.dcm' cannot be read as DICOM" in reason(path)


def enhanced(
    scan: np.ndarray, path: Path, order: list[int] | None = None, intercepts: list[int] | None = None
) -> Path:
    """One multi-frame file; the places, and where given the intercepts, stand in functional groups."""
    group = pydicom.Dataset
    order = order or list(range(scan.shape[2]))
    dataset = dicom_slice(
        np.zeros((6, 5), np.int16), np.zeros(3), 0, SOPClassUID=pydicom.uid.EnhancedCTImageStorage
    )
    for key in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(dataset, key)
    plane, measures, shared = group(), group(), group()
    plane.ImageOrientationPatient, measures.PixelSpacing = [1, 0, 0, 0, 1, 0], [3, 2]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [plane], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    each, pixels = [], []
    for k in order:
        x, y, z = (AFFINE @ (4, 5, k, 1))[:3]
        place, frame = group(), group()
        place.ImagePositionPatient = [-x, -y, z]
        frame.PlanePositionSequence = [place]
        intercept = intercepts[k] if intercepts else 0
        if intercepts:
            scale = group()
            scale.RescaleSlope, scale.RescaleIntercept = 1, intercept
            frame.PixelValueTransformationSequence = [scale]
        each.append(frame)
        pixels.append((scan[::-1, ::-1, k].T - intercept).astype("<i2"))
    dataset.PerFrameFunctionalGroupsSequence = each
    dataset.NumberOfFrames, dataset.PixelData = len(order), np.stack(pixels).tobytes()
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("of_folder", [True, False])
def test_an_enhanced_file_gives_its_frames_by_place(
    of_folder: bool, tmp_path: Path, scan: np.ndarray
) -> None:
    path = enhanced(scan, tmp_path / "e" / "e.dcm", [3, 0, 6, 1, 5, 2, 4], [10 * k for k in range(7)])
    volume = orient(read_volume(path.parent if of_folder else path))
    np.testing.assert_array_equal(volume.data, scan)
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-6)


def test_frames_of_several_phases_are_refused(tmp_path: Path, scan: np.ndarray) -> None:
    path = enhanced(np.concatenate([scan, scan[:, :, :1] + 1], axis=2), tmp_path / "e" / "e.dcm")
    dataset = pydicom.dcmread(path)
    groups = dataset.PerFrameFunctionalGroupsSequence
    groups[7].PlanePositionSequence = groups[0].PlanePositionSequence
    dataset.save_as(path)
    assert "something else than another slice at the same position" in reason(path)


def test_frames_without_places_are_refused(tmp_path: Path, scan: np.ndarray) -> None:
    path = enhanced(scan, tmp_path / "e" / "e.dcm")
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[6]
    dataset.save_as(path)
    assert "has 7 frames and places for 6 of them" in reason(path)


def test_the_path_of_one_slice_is_refused_in_words(write_dicom: Write, scan: np.ndarray) -> None:
    assert "one DICOM slice; expected the folder that contains its series" in reason(
        write_dicom(scan) / "3.dcm"
    )


@pytest.mark.parametrize("orientation", [[2, 0, 0, 0, 3, 0], [1, 0, 0, 0.5, 0.87, 0], [1, 0, 0, 1, 0, 0]])
def test_directions_of_other_lengths_or_askew_are_refused(
    orientation: list[float], write_dicom: Write, scan: np.ndarray
) -> None:
    path = write_dicom(scan, ImageOrientationPatient=orientation)
    assert "not two directions at a right angle" in reason(path)
