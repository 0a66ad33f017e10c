"""The voxels of DICOM slices: each with its own slope, intercept, sign, bits and compression."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pydicom
import pytest

from misground.errors import CaseError
from misground.volumes import orient, read_volume
from misground.volumes.dicom_pixels import _DECODERS

from .conftest import AFFINE

Write = Callable[..., Path]


@pytest.fixture
def hu() -> np.ndarray:
    """(5, 6, 7) int16 from -1000 on."""
    return (np.arange(210, dtype=np.int16) * 9 - 1000).reshape(5, 6, 7)


def ras(path: Path) -> np.ndarray:
    volume = orient(read_volume(path))
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-6)
    return volume.data


def stored(
    dataset: pydicom.Dataset, pixels: np.ndarray, slope: float, intercept: float, *, signed: bool
) -> None:
    dataset.RescaleSlope, dataset.RescaleIntercept = str(slope), str(intercept)
    dataset.PixelRepresentation = int(signed)
    raw = np.rint((pixels.astype(float) - intercept) / slope)
    dataset.PixelData = raw.astype("<i2" if signed else "<u2").tobytes()


def test_a_series_and_the_same_volume_as_nifti_are_one(
    write_dicom: Write, write_nifti: Callable[..., Path], hu: np.ndarray
) -> None:
    found, expected = orient(read_volume(write_dicom(hu))), orient(read_volume(write_nifti(hu)))
    np.testing.assert_array_equal(found.data, expected.data)
    assert found.data.dtype == expected.data.dtype
    assert found.spacing_mm == expected.spacing_mm
    np.testing.assert_allclose(found.affine, expected.affine, atol=1e-6)


@pytest.mark.parametrize("odd", [0, 3, 6])
@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ((1, -1024, False), (1, 0, True)),
        ((1, 0, True), (1, -1024, False)),
        ((1, -1024, False), (1, -2047, False)),
        ((1, -1000, True), (9, -1000, False)),
        ((9, -1000, False), (0.5, -1000, True)),
        ((0.5, -1000.5, True), (1, 0, True)),
    ],
)
def test_each_slice_has_its_own_scale_and_sign(
    usual: tuple[float, float, bool],
    other: tuple[float, float, bool],
    odd: int,
    write_dicom: Write,
    hu: np.ndarray,
) -> None:
    def change(k: int, dataset: pydicom.Dataset, pixels: np.ndarray) -> None:
        slope, intercept, signed = other if k == odd else usual
        stored(dataset, pixels, slope, intercept, signed=signed)

    path = write_dicom(hu, change=change)
    found = ras(path)
    np.testing.assert_array_equal(found, hu)
    for k, file in enumerate(sorted(path.iterdir())):
        dataset = pydicom.dcmread(file)
        given = pydicom.pixels.apply_modality_lut(dataset.pixel_array, dataset)
        np.testing.assert_array_equal(found[::-1, ::-1, k].T, given)


def test_bits_and_what_lies_above_them_may_differ_by_slice(write_dicom: Write, hu: np.ndarray) -> None:
    def change(k: int, dataset: pydicom.Dataset, pixels: np.ndarray) -> None:
        if k % 3 == 0:  # 12 bits without a sign, and an old overlay above them
            dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
            dataset.RescaleIntercept = -1000
            dataset.PixelData = ((pixels + 1000).astype("<u2") | 0x8000).tobytes()
        elif k % 3 == 1:  # 13 bits with a sign that is not extended
            dataset.BitsStored, dataset.HighBit = 13, 12
            dataset.PixelData = (pixels.astype("<i2").view("<u2") & 0x1FFF).tobytes()

    np.testing.assert_array_equal(ras(write_dicom(hu, change=change)), hu)


def test_bytes_and_words_may_be_mixed(write_dicom: Write) -> None:
    small = (np.arange(210, dtype=np.int16)).reshape(5, 6, 7)

    def change(k: int, dataset: pydicom.Dataset, pixels: np.ndarray) -> None:
        if k == 2:
            dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
            dataset.PixelRepresentation, dataset.PixelData = 0, pixels.astype(np.uint8).tobytes()

    np.testing.assert_array_equal(ras(write_dicom(small, change=change)), small)


def test_slices_without_a_scale_hold_their_values(write_dicom: Write, hu: np.ndarray) -> None:
    def change(k: int, dataset: pydicom.Dataset, _: np.ndarray) -> None:
        if k % 2:
            del dataset.RescaleSlope, dataset.RescaleIntercept

    np.testing.assert_array_equal(ras(write_dicom(hu, change=change)), hu)


@pytest.mark.parametrize(("slope", "intercept"), [("0", "0"), ("", "-1024"), ("1", "")])
def test_half_a_scale_is_refused(slope: str, intercept: str, write_dicom: Write, hu: np.ndarray) -> None:
    def change(k: int, dataset: pydicom.Dataset, _: np.ndarray) -> None:
        if k == 4:
            dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept

    with pytest.raises(CaseError, match=r"'4\.dcm' has no valid Rescale Slope and Intercept"):
        read_volume(write_dicom(hu, change=change))


def test_a_table_of_values_is_looked_up(write_dicom: Write) -> None:
    values = (np.arange(210, dtype=np.int16) % 50).reshape(5, 6, 7)

    def change(_: int, dataset: pydicom.Dataset, pixels: np.ndarray) -> None:
        del dataset.RescaleSlope, dataset.RescaleIntercept
        table = pydicom.Dataset()
        table.add_new("LUTDescriptor", "US", [50, 0, 16])
        table.add_new("LUTData", "US", [3 * i for i in range(50)])
        dataset.ModalityLUTSequence = [table]
        dataset.PixelRepresentation, dataset.PixelData = 0, pixels.astype("<u2").tobytes()

    np.testing.assert_array_equal(ras(write_dicom(values, change=change)), values * 3)


@pytest.mark.parametrize(
    "syntax",
    [
        pydicom.uid.ImplicitVRLittleEndian,
        pydicom.uid.DeflatedExplicitVRLittleEndian,
        pydicom.uid.RLELossless,
        pydicom.uid.JPEGLSLossless,
        pydicom.uid.JPEG2000Lossless,
    ],
)
def test_a_transfer_syntax_does_not_change_a_value(syntax: str, write_dicom: Write) -> None:
    hu = (np.arange(40 * 48 * 3, dtype=np.int16) % 3000 - 1000).reshape(40, 48, 3)
    _, _, modules = _DECODERS.get(syntax, ("", "", ()))
    if any(find_spec(module) is None for module in modules):
        pytest.skip(f"needs {' and '.join(modules)}")

    def change(_: int, dataset: pydicom.Dataset, __: np.ndarray) -> None:
        if modules or syntax == pydicom.uid.RLELossless:
            dataset.compress(syntax, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = syntax

    np.testing.assert_array_equal(ras(write_dicom(hu, change=change)), hu)


@pytest.mark.parametrize("number", ["50", "51", "57", "70", "80", "81", "90", "91", "201", "203"])
def test_a_missing_decoder_is_named(
    number: str, write_dicom: Write, hu: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(_: int, dataset: pydicom.Dataset, __: np.ndarray) -> None:
        dataset.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2.4.{number}"
        dataset.PixelData = pydicom.encaps.encapsulate([bytes(20)])
        dataset["PixelData"].VR = "OB"

    path = write_dicom(hu, change=change)
    monkeypatch.setattr("misground.volumes.dicom_pixels.find_spec", lambda _: None)
    with pytest.raises(CaseError, match=r"needs a decoder: install misground\[dicom\]"):
        read_volume(path)


def test_a_video_is_no_scan(write_dicom: Write, hu: np.ndarray) -> None:
    def change(_: int, dataset: pydicom.Dataset, __: np.ndarray) -> None:
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
        dataset.PixelData = pydicom.encaps.encapsulate([bytes(20)])
        dataset["PixelData"].VR = "OB"

    with pytest.raises(CaseError, match="transfer syntax that is not supported"):
        read_volume(write_dicom(hu, change=change))


def test_compressed_bytes_that_mean_nothing_are_refused(write_dicom: Write, hu: np.ndarray) -> None:
    def change(_: int, dataset: pydicom.Dataset, __: np.ndarray) -> None:
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
        dataset.PixelData = pydicom.encaps.encapsulate([bytes(80)])
        dataset["PixelData"].VR = "OB"

    with pytest.raises(CaseError, match="cannot be read as DICOM: it is corrupt"):
        read_volume(write_dicom(hu, change=change))
