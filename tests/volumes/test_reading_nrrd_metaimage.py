"""NRRD and MetaImage files, good and bad."""

import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK

from misground.errors import CaseError
from misground.volumes import orient, read_volume

SPACING, ORIGIN = (1.0, 2.0, 3.0), (10.0, -20.0, 30.0)
# Columns are the directions of the array axes in LPS+: a rotation by 90 degrees and a flip.
DIRECTION = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0, -1.0, 0.0, 0.0)
AFFINE = np.array([[0, -2, 0, -10], [0, 0, 3, 20], [-1, 0, 0, 30], [0, 0, 0, 1.0]])

MHD = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "0 0 -1 1 0 0 0 -1 0",
    "Offset": "10 -20 30",
    "ElementSpacing": "1 2 3",
    "DimSize": "4 5 6",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "ct.raw",
}
NRRD = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "4 5 6",
    "space directions": "(0,0,-1) (2,0,0) (0,-3,0)",
    "endian": "little",
    "encoding": "gzip",
    "space origin": "(10,-20,30)",
}


def itk_image(data: np.ndarray) -> SimpleITK.Image:
    image = SimpleITK.GetImageFromArray(data.T)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION)
    return image


def stored(data: np.ndarray) -> bytes:
    return data.tobytes(order="F")


@pytest.fixture
def write_mhd(tmp_path: Path) -> Callable[..., Path]:
    """A header with some fields changed (None removes one), and the bytes of its data file."""

    def write(content: bytes, **changes: str | None) -> Path:
        fields = MHD | changes
        # It ends the header, so it comes last.
        fields["ElementDataFile"] = fields.pop("ElementDataFile")
        path = tmp_path / "ct.mhd"
        path.write_text("".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None))
        (tmp_path / "ct.raw").write_bytes(content)
        return path

    return write


@pytest.fixture
def write_nrrd(tmp_path: Path) -> Callable[..., Path]:
    """A file with some header fields changed (None removes one); `_` in a name stands for a blank."""

    def write(content: bytes, **changes: str | None) -> Path:
        fields = NRRD | {key.replace("_", " "): value for key, value in changes.items()}
        header = "".join(f"{key}: {value}\n" for key, value in fields.items() if value is not None)
        path = tmp_path / "ct.nrrd"
        path.write_bytes(b"NRRD0004\n# a comment: of no meaning\n" + header.encode() + b"\n" + content)
        return path

    return write


def reason(path: Path, **settings: Any) -> str:
    with pytest.raises(CaseError) as caught:
        read_volume(path, **settings)
    text = str(caught.value)
    assert text.startswith(f"{path.name!r}: ")
    assert "\n" not in text
    assert str(path.parent) not in text
    assert not re.search(r"0x[0-9a-f]+", text)
    return text


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    "name", ["ct.nrrd", "ct.nhdr", "ct.mha", "ct.mhd", "scan é 肝.nrrd", "scan é 肝.mhd"]
)
def test_what_itk_writes_reads_in_its_place_in_ras(
    name: str, compressed: bool, tmp_path: Path, ramp: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    SimpleITK.WriteImage(itk_image(ramp), str(tmp_path / name), compressed)
    volume = read_volume(tmp_path / name)
    assert volume.data.dtype == np.int16
    np.testing.assert_array_equal(volume.data, ramp)
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-12)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mha"])
def test_every_number_type_of_itk_reads(name: str, dtype: str, tmp_path: Path) -> None:
    data = np.arange(120).reshape(4, 5, 6).astype(dtype)
    SimpleITK.WriteImage(itk_image(data), str(tmp_path / name))
    volume = read_volume(tmp_path / name)
    assert volume.data.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.data, data)


def test_the_header_of_these_tests_is_what_itk_reads(
    write_mhd: Any, write_nrrd: Any, ramp: np.ndarray
) -> None:
    for path in (write_mhd(stored(ramp)), write_nrrd(gzip.compress(stored(ramp)))):
        image = SimpleITK.ReadImage(str(path))
        assert image.GetDirection() == DIRECTION
        np.testing.assert_array_equal(read_volume(path).data, SimpleITK.GetArrayFromImage(image).T)
        np.testing.assert_allclose(read_volume(path).affine, AFFINE, atol=1e-12)


@pytest.mark.parametrize("fields", [{"HeaderSize": "7"}, {"HeaderSize": "-1"}])
def test_bytes_before_the_data_are_passed_over(
    fields: dict[str, str], write_mhd: Any, ramp: np.ndarray
) -> None:
    np.testing.assert_array_equal(read_volume(write_mhd(b"x" * 7 + stored(ramp), **fields)).data, ramp)


def test_big_endian_metaimages_read(write_mhd: Any, ramp: np.ndarray) -> None:
    volume = read_volume(write_mhd(stored(ramp.astype(">i2")), BinaryDataByteOrderMSB="True"))
    np.testing.assert_array_equal(volume.data, ramp)
    assert volume.data.dtype.isnative


def test_a_metaimage_with_a_last_axis_of_length_1_reads(write_mhd: Any, ramp: np.ndarray) -> None:
    path = write_mhd(
        stored(ramp),
        NDims="4",
        DimSize="4 5 6 1",
        TransformMatrix="0 0 -1 0 1 0 0 0 0 -1 0 0 0 0 0 1",
        Offset="10 -20 30 0",
        ElementSpacing="1 2 3 1",
    )
    np.testing.assert_array_equal(read_volume(path).data, ramp)
    np.testing.assert_allclose(read_volume(path).affine, AFFINE, atol=1e-12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DimSize": "10000 10000 10000"}, "claims 10000 x 10000 x 10000 voxels"),
        ({"DimSize": "4 5 6 2"}, "4 axes"),
        ({"DimSize": "4 5"}, "2 axes"),
        ({"DimSize": "4 -5 6"}, "at least one voxel"),
        ({"DimSize": "4 five 6"}, "expected numbers"),
        ({"DimSize": None}, "no 'DimSize'"),
        ({"DimSize": "4 5 7"}, "too short"),
        ({"DimSize": "4 5 5"}, "more data"),
        ({"ElementType": "MET_FOO"}, "MET_FOO"),
        ({"ElementNumberOfChannels": "3"}, "channels"),
        ({"BinaryData": "False"}, "text"),
        ({"TransformMatrix": None}, "left and right are unknown"),
        ({"TransformMatrix": "0 0 0 0 0 0 0 0 0"}, "voxels of 0 x 0 x 0 mm"),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "singular"),
        ({"TransformMatrix": "1 0 0"}, "3 numbers; expected 9"),
        ({"TransformMatrix": "3 0 0 0 3 0 0 0 6"}, "directions of length 3 x 3 x 6 beside an ElementSpacing"),
        ({"ElementSpacing": None}, "voxel size is unknown"),
        ({"ElementSpacing": "0 2 3"}, "voxels of"),
        ({"ElementSpacing": "nan 2 3"}, "NaN"),
        ({"ElementDataFile": "../ct.raw"}, "outside its folder"),
        ({"ElementDataFile": "/etc/hostname"}, "outside its folder"),
        ({"ElementDataFile": "gone.raw"}, "'gone.raw' is missing"),
        ({"ElementDataFile": "LIST"}, "'LIST' is missing"),
    ],
)
def test_a_bad_metaimage_header_is_refused(
    changes: dict[str, str | None], words: str, write_mhd: Any, ramp: np.ndarray
) -> None:
    assert words in reason(write_mhd(stored(ramp), **changes))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda z: z[: len(z) // 2], "truncated"),
        (lambda z: z[:-2], "truncated"),
        (lambda z: z[:-1] + bytes([z[-1] ^ 1]), "corrupt"),
        (lambda z: z[:20] + b"\xff" * 20 + z[40:], "corrupt"),
        (lambda _: zlib.compress(b"short"), "too short"),
        (lambda _: zlib.compress(bytes(10**7)), "more data"),
        (lambda _: b"", "empty"),
    ],
)
def test_a_damaged_compressed_metaimage_is_refused(
    damage: Callable[[bytes], bytes],
    words: str,
    write_mhd: Any,
    ramp: np.ndarray,
    capfd: pytest.CaptureFixture[str],
) -> None:
    good = zlib.compress(stored(ramp))
    np.testing.assert_array_equal(read_volume(write_mhd(good, CompressedData="True")).data, ramp)
    assert words in reason(write_mhd(damage(good), CompressedData="True"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": "10000 10000 10000"}, "claims 10000 x 10000 x 10000 voxels"),
        ({"sizes": "4 5 6 2"}, "4 axes"),
        ({"sizes": "4 5 7"}, "shorter"),
        ({"sizes": None}, "no 'sizes'"),
        ({"type": "block"}, "voxels of block"),
        ({"space": None}, "left and right are unknown"),
        ({"space": "scanner-xyz"}, "'scanner-xyz'"),
        ({"space_directions": None}, "left and right are unknown"),
        ({"space_directions": "(0,0,0) (2,0,0) (0,-3,0)"}, "voxel side is zero"),
        ({"space_directions": "(2,0,0) (2,0,0) (0,-3,0)"}, "singular"),
        ({"space_directions": "(nan,0,0) (2,0,0) (0,-3,0)"}, "cannot be read as NRRD"),
        ({"encoding": "hex"}, "'hex'"),
        ({"data_file": "../ct.raw.gz"}, "outside its folder"),
        ({"data_file": "gone.raw.gz"}, "'gone.raw.gz' is missing"),
        (
            {"dimension": "4", "sizes": "2 4 5 3", "space_directions": "none (0,0,-1) (2,0,0) (0,-3,0)"},
            "4 axes",
        ),
    ],
)
def test_a_bad_nrrd_header_is_refused(
    changes: dict[str, str | None], words: str, write_nrrd: Any, ramp: np.ndarray
) -> None:
    assert words in reason(write_nrrd(gzip.compress(stored(ramp)), **changes))


@pytest.mark.parametrize(
    "damage",
    [
        lambda z: z[: len(z) // 2],
        lambda z: z[:-8] + bytes(8),
        lambda z: z[:30] + b"\xff" * 20 + z[50:],
        lambda _: b"",
        lambda _: b"plain",
    ],
)
def test_a_damaged_nrrd_is_refused(
    damage: Callable[[bytes], bytes], write_nrrd: Any, ramp: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    reason(write_nrrd(damage(gzip.compress(stored(ramp)))))
    assert capfd.readouterr() == ("", "")


def test_a_raw_nrrd_that_is_cut_off_is_refused(write_nrrd: Any, ramp: np.ndarray) -> None:
    assert "too short" in reason(write_nrrd(stored(ramp)[:-1], encoding="raw"))


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mhd"])
@pytest.mark.parametrize("content", [b"", b"NRRD0004\n", b"garbage", b"\xff" * 5000])
def test_what_is_neither_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    reason(tmp_path / name)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.nhdr", "ct.mhd", "ct.mha"])
def test_a_missing_text_header_is_refused(name: str, tmp_path: Path) -> None:
    assert "No such file" in reason(tmp_path / name)


def test_lateral_structures_of_a_real_right_knee_have_the_larger_x(data_dir: Path) -> None:
    knee = orient(read_volume(data_dir / "oai_knee" / "right_knee_labels.nrrd"))
    assert knee.data.shape == (160, 384, 384)
    assert knee.oblique_degrees == pytest.approx(5.0, abs=0.01)
    x = {value: np.nonzero((knee.data == value).any(axis=(1, 2)))[0].mean() for value in (2, 3, 6, 8, 9, 10)}
    assert x[3] > x[2]
    assert x[8] > x[6]
    assert x[9] > x[10]
