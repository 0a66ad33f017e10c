"""NIfTI files, good and bad."""

import gzip
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.volumes import read_volume

from .conftest import AFFINE

Writer = Callable[..., Path]


def reason(path: Path, **settings: Any) -> str:
    """Why a file is refused: one line that names it without its folder."""
    with pytest.raises(CaseError) as caught:
        read_volume(path, **settings)
    text = str(caught.value)
    assert text.startswith(f"{path.name!r}: ")
    assert "\n" not in text
    assert str(path.parent) not in text
    return text


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "CT.NII.GZ", "scan é 肝.nii.gz"])
def test_a_volume_reads_as_it_was_written(name: str, write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp, name)
    volume = read_volume(path)
    assert volume.data.dtype == np.int16
    assert volume.data.flags.f_contiguous
    np.testing.assert_array_equal(volume.data, ramp)
    np.testing.assert_array_equal(volume.affine, nib.load(path).affine)


@pytest.mark.parametrize("given", ["ct.hdr", "ct.img"])
def test_a_pair_reads_by_either_file(given: str, tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.Nifti1Pair(ramp, np.diag([2.0, 3, 4, 1])), tmp_path / "ct.hdr")
    volume = read_volume(tmp_path / given)
    np.testing.assert_array_equal(volume.data, ramp)
    np.testing.assert_array_equal(volume.affine, np.diag([2.0, 3, 4, 1]))


@pytest.mark.parametrize(("given", "gone"), [("ct.hdr", "ct.img"), ("ct.img", "ct.hdr")])
def test_half_a_pair_names_the_missing_half(given: str, gone: str, tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.Nifti1Pair(ramp, np.eye(4)), tmp_path / "ct.hdr")
    (tmp_path / gone).unlink()
    assert f"{gone!r} is missing" in reason(tmp_path / given)


def test_nifti_2_reads(tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.Nifti2Image(ramp, np.diag([2.0, 3, 4, 1])), tmp_path / "ct.nii.gz")
    volume = read_volume(tmp_path / "ct.nii.gz")
    np.testing.assert_array_equal(volume.data, ramp)
    np.testing.assert_array_equal(volume.affine, np.diag([2.0, 3, 4, 1]))


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_number_type_reads_in_both_byte_orders(order: str, dtype: str, tmp_path: Path) -> None:
    data = np.arange(24).reshape(2, 3, 4).astype(order + dtype)
    header = nib.Nifti1Header(endianness=order)
    header.set_data_dtype(data.dtype)
    nib.save(nib.Nifti1Image(data, np.eye(4), header), tmp_path / "ct.nii")
    volume = read_volume(tmp_path / "ct.nii")
    assert volume.data.dtype == np.dtype(dtype)
    assert volume.data.dtype.isnative
    np.testing.assert_array_equal(volume.data, data)


def test_data_after_a_header_extension_is_found(tmp_path: Path, ramp: np.ndarray) -> None:
    image = nib.Nifti1Image(ramp, np.eye(4))
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"x" * 1000))
    nib.save(image, tmp_path / "ct.nii.gz")
    np.testing.assert_array_equal(read_volume(tmp_path / "ct.nii.gz").data, ramp)


def test_gzip_members_one_after_another_are_one_file(tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.Nifti1Image(ramp, np.eye(4)), tmp_path / "a.nii")
    content = (tmp_path / "a.nii").read_bytes()
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(gzip.compress(content[:400], mtime=0) + gzip.compress(content[400:]))
    np.testing.assert_array_equal(read_volume(path).data, ramp)


@pytest.mark.parametrize(
    ("slope", "inter", "stored", "expected"),
    [
        (1.0, -1024.0, np.int16, np.int16),
        (1.0, -1024.0, np.uint16, np.int16),
        (1.0, 40000.0, np.int16, np.int32),
        (1.0, 0.5, np.int16, np.float32),
        (2.0, 0.0, np.int16, np.float32),
        (1.0, 7.0, np.float32, np.float32),
        (0.0, 9.0, np.int16, np.int16),
        (np.nan, np.nan, np.int16, np.int16),
    ],
)
def test_the_intensity_scale_is_applied(
    slope: float, inter: float, stored: Any, expected: Any, write_nifti: Writer
) -> None:
    path = write_nifti(np.arange(24, dtype=stored).reshape(2, 3, 4), scl_slope=slope, scl_inter=inter)
    volume = read_volume(path)
    assert volume.data.dtype == expected
    np.testing.assert_array_equal(volume.data, nib.load(path).get_fdata())


def test_a_last_axis_of_length_1_is_dropped(write_nifti: Writer, ramp: np.ndarray) -> None:
    volume = read_volume(write_nifti(ramp[..., None, None]))
    np.testing.assert_array_equal(volume.data, ramp)


def test_a_4d_file_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "4 axes of 4 x 5 x 6 x 2" in reason(write_nifti(np.stack([ramp, ramp], -1)))


def test_a_2d_file_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "2 axes" in reason(write_nifti(ramp[0]))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in reason(tmp_path / "gone.nii.gz")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ct.nii.gz")
    assert "neither a file nor a folder" in reason(tmp_path / "ct.nii.gz")


def test_an_unreadable_file_is_refused(
    write_nifti: Writer, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_nifti(ramp, "ct.nii")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert reason(path) == "'ct.nii': Permission denied"


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_an_empty_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "empty" in reason(tmp_path / name)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ct.png").write_bytes(b"x")
    assert "unknown format" in reason(tmp_path / "ct.png")


def test_a_name_that_breaks_lines_stays_on_one(tmp_path: Path) -> None:
    assert "No such file" in reason(tmp_path / "a\nb.nii")


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_a_gz_that_is_cut_off_is_refused(kept: float, write_nifti: Writer) -> None:
    path = write_nifti(np.random.default_rng(0).integers(0, 99, (40, 40, 40)).astype(np.int16))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert "truncated" in reason(path)


def test_a_gz_without_its_checksum_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp)
    path.write_bytes(path.read_bytes()[:-4])
    assert "truncated" in reason(path)


def test_a_gz_with_a_wrong_checksum_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp)
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    assert "checksum" in reason(path)


@pytest.mark.parametrize("at", [100, 5000, 20000, 40000])
def test_a_corrupt_deflate_stream_is_refused(at: int, write_nifti: Writer) -> None:
    path = write_nifti(np.random.default_rng(0).integers(0, 99, (40, 40, 40)).astype(np.int16))
    content = bytearray(path.read_bytes())
    content[at : at + 200] = b"\xff" * 200
    path.write_bytes(content)
    assert any(word in reason(path) for word in ("corrupt", "checksum", "truncated", "more data", "header"))


def test_no_flipped_bit_of_a_gz_passes_for_the_volume(
    write_nifti: Writer, ramp: np.ndarray, tmp_path: Path
) -> None:
    content = gzip.compress(write_nifti(ramp, "a.nii").read_bytes())
    path = tmp_path / "ct.nii.gz"
    # The first ten bytes are the gzip header: time and system may be anything.
    for bit in range(80, 8 * len(content), 7):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        reason(path)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
@pytest.mark.parametrize(("last", "words"), [(7, "too short"), (5, "more data")])
def test_a_header_that_claims_other_than_the_data_is_refused(
    name: str, last: int, words: str, write_nifti: Writer, ramp: np.ndarray
) -> None:
    assert words in reason(write_nifti(ramp, name, dim=[3, 4, 5, last, 1, 1, 1, 1]))


def test_a_claim_of_too_many_voxels_is_refused_before_allocation(
    write_nifti: Writer, ramp: np.ndarray
) -> None:
    path = write_nifti(ramp, dim=[3, 10000, 10000, 10000, 1, 1, 1, 1])
    tracemalloc.start()
    try:
        assert "claims 10000 x 10000 x 10000 voxels" in reason(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_claim_that_no_such_file_can_hold_is_refused_before_allocation(
    write_nifti: Writer, ramp: np.ndarray
) -> None:
    path = write_nifti(ramp, dim=[3, 800, 800, 800, 1, 1, 1, 1])
    tracemalloc.start()
    try:
        assert "too short" in reason(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_gz_bomb_costs_no_memory(write_nifti: Writer, ramp: np.ndarray, tmp_path: Path) -> None:
    content = write_nifti(ramp, "a.nii").read_bytes()
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(gzip.compress(content + bytes(100_000_000), 1))
    tracemalloc.start()
    try:
        assert "more data" in reason(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_max_voxels_is_a_setting(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp)
    assert "at most 119" in reason(path, max_voxels=119)
    assert read_volume(path, max_voxels=120).data.size == 120


@pytest.mark.parametrize("dim", [[0] * 8, [3, 4, 5, 0, 1, 1, 1, 1], [3, 4, -5, 6, 1, 1, 1, 1], [9] * 8])
def test_a_shape_that_is_none_is_refused(dim: list[int], write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "expected" in reason(write_nifti(ramp, dim=dim))


@pytest.mark.parametrize("offset", [0.0, 100.0, 1e30, np.nan])
def test_a_data_offset_that_cannot_be_is_refused(
    offset: float, write_nifti: Writer, ramp: np.ndarray
) -> None:
    assert "data starts at byte" in reason(write_nifti(ramp, vox_offset=offset))


def test_what_is_no_nifti_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ct.nii"
    path.write_bytes(b"hello" * 200)
    assert "not a NIfTI file" in reason(path)


def test_a_header_that_is_cut_off_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp, "ct.nii")
    path.write_bytes(path.read_bytes()[:200])
    assert "header of 200 bytes" in reason(path)


def test_an_analyze_header_does_not_tell_left_from_right(tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.analyze.AnalyzeImage(ramp, np.eye(4)), tmp_path / "ct.hdr")
    assert "left and right" in reason(tmp_path / "ct.hdr")


@pytest.mark.parametrize("dtype", [np.complex64, [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_voxels_that_are_no_real_numbers_are_refused(dtype: Any, write_nifti: Writer) -> None:
    path = write_nifti(np.zeros((4, 5, 6), dtype))
    assert "real numbers" in reason(path)


def test_an_unknown_voxel_type_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "unknown type 77" in reason(write_nifti(ramp, datatype=77))


def test_an_infinite_scale_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "scale" in reason(write_nifti(ramp, scl_slope=2.0, scl_inter=np.inf))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], "voxels of 0 x 0 x 0 mm"),
        ([[0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 4, 0]], "voxels of 0 x 3 x 4 mm"),
        ([[np.nan, 0, 0, 0], [0, 3, 0, 0], [0, 0, 4, 0]], "NaN"),
        ([[2, 0, 0, np.inf], [0, 3, 0, 0], [0, 0, 4, 0]], "NaN or infinite"),
        ([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 4, 0]], "singular"),
        ([[1e30, 0, 0, 0], [0, 3, 0, 0], [0, 0, 4, 0]], "1e+30"),
    ],
)
def test_an_affine_that_places_nothing_is_refused(
    rows: list[list[float]], words: str, write_nifti: Writer, ramp: np.ndarray
) -> None:
    x, y, z = rows
    assert words in reason(write_nifti(ramp, srow_x=x, srow_y=y, srow_z=z, qform_code=0))


def test_neither_sform_nor_qform_is_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "left and right are unknown" in reason(write_nifti(ramp, sform_code=0, qform_code=0))


def test_sform_and_qform_of_different_axes_are_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    text = reason(write_nifti(ramp, srow_x=[-2, 0, 0, 10]))
    assert "sform says LAS" in text
    assert "qform says RAS" in text


def test_an_unusable_qform_does_not_contradict_the_sform(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp, quatern_b=5.0, quatern_c=5.0)
    np.testing.assert_array_equal(read_volume(path).data, ramp)
    assert "qform" in reason(write_nifti(ramp, quatern_b=5.0, quatern_c=5.0, sform_code=0))


def test_the_qform_alone_is_enough(write_nifti: Writer, ramp: np.ndarray) -> None:
    path = write_nifti(ramp, sform_code=0, srow_x=[0, 0, 0, 0])
    np.testing.assert_allclose(read_volume(path).affine, nib.load(path).affine)


def test_other_units_than_millimetres_are_refused(write_nifti: Writer, ramp: np.ndarray) -> None:
    assert "metres" in reason(write_nifti(ramp, xyzt_units=1))


def test_a_real_ct_reads_as_nibabel_reads_it(data_dir: Path) -> None:
    path = data_dir / "ct_torso" / "ct.nii.gz"
    volume, image = read_volume(path), nib.load(path)
    np.testing.assert_array_equal(volume.data, np.asanyarray(image.dataobj))
    np.testing.assert_array_equal(volume.affine, image.affine)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
@pytest.mark.parametrize("qform", [0, 1])
@pytest.mark.parametrize(
    ("sform", "pixdim"), [((1, 1, 1), (3, 3, 6)), ((2, 3, 4), (2, 4, 3)), ((2, 3, 4), (2, 3, 4.1))]
)
def test_an_sform_of_other_steps_than_pixdim_is_refused(
    sform: tuple[float, ...],
    pixdim: tuple[float, ...],
    qform: int,
    name: str,
    write_nifti: Writer,
    ramp: np.ndarray,
) -> None:
    path = write_nifti(ramp, name, np.diag([*sform, 1.0]), qform_code=qform, pixdim=[1, *pixdim, 0, 0, 0, 0])
    text = reason(path)
    assert f"the sform has voxels of {' x '.join(map(str, sform))} mm and pixdim has" in text


@pytest.mark.parametrize("pixdim", [(2, 3, 4), (2.01, 3.01, 4.01), (1, 1, 1), (0, 0, 0), (np.nan, 3, 4)])
def test_pixdim_that_agrees_or_states_nothing_is_no_fault(
    pixdim: tuple[float, ...], write_nifti: Writer, ramp: np.ndarray
) -> None:
    path = write_nifti(ramp, "ct.nii", qform_code=0, pixdim=[1, *pixdim, 0, 0, 0, 0])
    np.testing.assert_array_equal(read_volume(path).affine, AFFINE)


@pytest.mark.parametrize("qfac", [0, 1])
@pytest.mark.parametrize("quaternion", [(0, 0, 0), (0, 0, 1), (0, 0, 1.0000005), (0.57735, 0.57736, 0.57735)])
def test_a_qform_alone_is_read_as_the_standard_reads_it(
    qfac: float, quaternion: tuple[float, float, float], write_nifti: Writer, ramp: np.ndarray
) -> None:
    b, c, d = quaternion
    fields = {"sform_code": 0, "quatern_b": b, "quatern_c": c, "quatern_d": d}
    path = write_nifti(ramp, "ct.nii", pixdim=[qfac, 2, 3, 4, 0, 0, 0, 0], **fields)
    length = max(1.0, float(np.linalg.norm(quaternion)))
    b, c, d = (value / length for value in quaternion)
    a = np.sqrt(max(0.0, 1 - b * b - c * c - d * d))
    rotation = np.array(  # nifti1.h, METHOD 2
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    np.testing.assert_allclose(read_volume(path).affine[:3, :3], rotation * [2, 3, 4], atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"pixdim": [1, -3, 3, 3, 0, 0, 0, 0]}, "voxels of -3 x 3 x 3 mm in pixdim"),
        ({"pixdim": [0, 0, 3, 3, 0, 0, 0, 0]}, "voxels of 0 x 3 x 3 mm in pixdim"),
        ({"quatern_b": 0.9, "quatern_c": 0.9}, "quaternion has a length of 1.27279"),
        ({"quatern_b": np.nan}, "the affine contains NaN"),
    ],
)
def test_a_qform_that_cannot_be_used_says_why(
    fields: dict[str, Any], text: str, write_nifti: Writer, ramp: np.ndarray
) -> None:
    assert text in reason(write_nifti(ramp, "ct.nii", sform_code=0, **fields))


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("ct.nii.gz", None, "the file is not compressed, but its name ends in .gz; remove .gz from its name"),
        (
            "ct.nii",
            gzip.compress(bytes(400), mtime=0),
            "the file is compressed, but its name does not end in .gz",
        ),
        ("ct.nii.gz", b"version https://git-lfs.github.com/spec/v1\noid", "pointer of Git LFS"),
        ("ct.nii.gz", b"<!DOCTYPE html><html>404</html>", "the file is a web page"),
        ("ct.nii", b"\n <html>404</html>", "the file is a web page"),
        ("ct.nii.gz", b"PK\3\4" + bytes(40), "the file is a zip archive"),
        ("ct.nii.gz", b"no such thing" + bytes(400), "not a gzip file; copy the file again"),
    ],
)
def test_a_file_that_is_not_what_it_is_called(
    name: str, content: bytes | None, text: str, write_nifti: Writer, ramp: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content or write_nifti(ramp, "plain.nii").read_bytes())
    assert text in reason(path)


@pytest.mark.parametrize(("degrees", "read"), [(3, True), (14, True), (20, False), (40, False)])
def test_an_sform_and_a_qform_that_are_turned_against_each_other(
    degrees: float, read: bool, write_nifti: Writer, ramp: np.ndarray
) -> None:
    path = write_nifti(ramp, "ct.nii", quatern_d=np.sin(np.radians(degrees) / 2))
    if read:
        np.testing.assert_array_equal(read_volume(path).affine, AFFINE)
    else:
        assert f"are turned against each other by {degrees:.1f} degrees" in reason(path)


def test_an_sform_that_places_nothing_says_how_to_use_the_qform(
    write_nifti: Writer, ramp: np.ndarray
) -> None:
    path = write_nifti(ramp, "ct.nii", srow_x=[0, 0, 0, 0])
    assert "sform: the affine gives voxels of 0 x 3 x 4 mm" in reason(path)
    assert reason(path).endswith("to use the qform, set sform_code to 0")
