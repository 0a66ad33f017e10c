import gzip
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from misground.errors import CaseError
from misground.volumes import merge_class_files, merging
from misground.volumes.files import gzip_body

AFFINE = np.array([[2.0, 0, 0, -10], [0, 3, 0, 5], [0, 0, 4, 7], [0, 0, 0, 1]])
Writer = Callable[..., dict[int, Path]]


@pytest.fixture
def write_classes(tmp_path: Path) -> Writer:
    """Write one file for each mask, with label values 1, 2, ... or the given ones."""

    def write(
        masks: Sequence[np.ndarray],
        values: Sequence[int] | None = None,
        dtype: Any = np.uint8,
        suffix: str = ".nii.gz",
    ) -> dict[int, Path]:
        files = {}
        for value, mask in zip(values or range(1, len(masks) + 1), masks, strict=True):
            files[value] = tmp_path / f"class_{value}{suffix}"
            nib.save(nib.Nifti1Image(mask.astype(dtype), AFFINE), files[value])
        return files

    return write


def usual_loop(files: dict[int, Path], shape: tuple[int, ...]) -> np.ndarray:
    """The slow and obvious way; from the highest value down, so that the lowest wins."""
    labels = np.zeros(shape, np.int64)
    for value in sorted(files, reverse=True):
        np.putmask(labels, np.asanyarray(nib.load(files[value]).dataobj) == 1, value)
    return labels


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    stack=arrays(np.uint8, st.tuples(st.integers(1, 5), *[st.integers(1, 7)] * 3), elements=st.integers(0, 1))
)
def test_merging_equals_the_usual_loop(stack: np.ndarray, write_classes: Writer) -> None:
    files = write_classes(stack)
    merged = merge_class_files(files)
    assert merged.volume.data.dtype == np.uint8
    np.testing.assert_array_equal(merged.volume.data, usual_loop(files, stack.shape[1:]))
    assert merged.overlap_voxels == np.count_nonzero(stack.astype(int).sum(axis=0) > 1)
    assert merged.labelled_voxels == np.count_nonzero(stack.any(axis=0))


def test_blocks_that_are_smaller_than_the_volume_change_nothing(
    write_classes: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = np.random.default_rng(0).integers(0, 2, (5, 7, 9, 11))
    stack[3, :, :, 2:8] = 0
    files = write_classes(stack)
    expected = merge_class_files(files)
    monkeypatch.setattr(merging, "_BLOCK", 64)
    found = merge_class_files(files)
    np.testing.assert_array_equal(found.volume.data, expected.volume.data)
    assert (found.overlap_voxels, found.labelled_voxels) == (
        expected.overlap_voxels,
        expected.labelled_voxels,
    )


def test_the_lowest_value_wins_whatever_the_order_of_the_mapping(write_classes: Writer) -> None:
    files = write_classes([np.ones((2, 2, 2))] * 3, values=[9, 4, 7])
    merged = merge_class_files(files)
    assert np.unique(merged.volume.data).tolist() == [4]
    assert (merged.overlap_voxels, merged.labelled_voxels) == (8, 8)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [((1, 2), np.uint8), ((3, 255), np.uint8), ((1, 256), np.uint16), ((7, 65535), np.uint16)],
)
def test_the_label_map_is_as_narrow_as_its_values_allow(
    values: tuple[int, int], dtype: Any, write_classes: Writer
) -> None:
    masks = np.zeros((2, 3, 3, 3))
    masks[0, 0], masks[1, 2, 2] = 1, 1
    files = write_classes(masks, values)
    merged = merge_class_files(files)
    assert merged.volume.data.dtype == dtype
    np.testing.assert_array_equal(merged.volume.data, usual_loop(files, (3, 3, 3)))
    assert merged.overlap_voxels == 0


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_class_files_of_other_number_types_merge_too(dtype: Any, suffix: str, write_classes: Writer) -> None:
    stack = np.random.default_rng(0).integers(0, 2, (3, 5, 6, 7))
    files = write_classes(stack, dtype=dtype, suffix=suffix)
    np.testing.assert_array_equal(merge_class_files(files).volume.data, usual_loop(files, (5, 6, 7)))


def test_the_place_is_that_of_the_files(write_classes: Writer) -> None:
    merged = merge_class_files(write_classes([np.ones((2, 2, 2))]))
    np.testing.assert_array_equal(merged.volume.affine, AFFINE)


def reason(files: dict[int, Path]) -> str:
    with pytest.raises(CaseError) as caught:
        merge_class_files(files)
    text = str(caught.value)
    assert "\n" not in text
    for path in files.values():
        assert str(path.parent) not in text
    return text


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("value", [2, 255])
def test_a_value_other_than_0_and_1_is_refused(dtype: Any, value: int, write_classes: Writer) -> None:
    mask = np.zeros((3, 4, 5))
    mask[2, 3, 4] = value
    if dtype == np.int16:
        mask[2, 3, 4] = -value
    text = reason(write_classes([np.zeros((3, 4, 5)), mask], dtype=dtype))
    assert text.startswith("'class_2.nii.gz': a class file has the value ")
    assert f"value {mask[2, 3, 4]:g};" in text


def test_a_fraction_in_a_class_file_is_refused(write_classes: Writer) -> None:
    assert "the value 0.5" in reason(write_classes([np.full((2, 2, 2), 0.5)], dtype=np.float32))


def test_a_file_of_another_shape_is_refused(write_classes: Writer) -> None:
    text = reason(write_classes([np.ones((2, 2, 2)), np.ones((2, 2, 3))]))
    assert text.startswith("'class_2.nii.gz': found 2 x 2 x 3 voxels, but 2 x 2 x 2 in 'class_1.nii.gz'")


def test_a_file_of_another_place_is_refused(write_classes: Writer) -> None:
    files = write_classes([np.ones((2, 2, 2))] * 2)
    affine = AFFINE.copy()
    affine[0, 3] += 1
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.uint8), affine), files[2])
    assert "'class_2.nii.gz': the affine places a corner 1 mm away" in reason(files)


def test_a_file_that_is_cut_off_is_refused_by_name(write_classes: Writer) -> None:
    files = write_classes(np.random.default_rng(0).integers(0, 2, (2, 9, 9, 9)))
    files[2].write_bytes(files[2].read_bytes()[:-20])
    text = reason(files)
    assert text.startswith("'class_2.nii.gz': the compressed data is truncated")
    assert text.count("class_2") == 1


def test_an_uncompressed_file_that_is_cut_off_is_refused(write_classes: Writer) -> None:
    files = write_classes([np.ones((2, 2, 2))], suffix=".nii")
    files[1].write_bytes(files[1].read_bytes()[:-1])
    assert "too short" in reason(files)


def test_a_missing_file_is_refused_by_name(write_classes: Writer) -> None:
    files = write_classes([np.ones((2, 2, 2))] * 2)
    files[2].unlink()
    assert reason(files) == "'class_2.nii.gz': No such file or directory"


def test_no_class_files_at_all_are_refused() -> None:
    assert "no class files" in reason({})


@pytest.mark.parametrize("values", [[0], [65536], range(1, 257)])
def test_label_values_that_do_not_fit_are_refused(values: Sequence[int]) -> None:
    assert "expected at most 255" in reason(dict.fromkeys(values, Path("a.nii.gz")))


def test_the_real_torso_split_into_class_files_merges_back(data_dir: Path, write_classes: Writer) -> None:
    labels = np.asanyarray(nib.load(data_dir / "ct_torso" / "segmentation.nii.gz").dataobj)
    files = write_classes([labels == value for value in range(1, 118)])
    merged = merge_class_files(files)
    np.testing.assert_array_equal(merged.volume.data, labels)
    assert merged.overlap_voxels == 0
    assert merged.labelled_voxels == np.count_nonzero(labels)


def gzipped(content: bytes, **header: Any) -> bytes:
    """A gzip file by the standard library, with a name and a time in its header as wanted."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", **header) as packed:
        packed.write(content)
    return file.getvalue()


def empties(write_classes: Writer, n: int = 4) -> dict[int, Path]:
    """A filled class file and `n` empty ones, each with a name and a time of its own in its header."""
    files = write_classes([np.ones((4, 5, 6)), *[np.zeros((4, 5, 6))] * n])
    for number, path in list(files.items())[1:]:
        path.write_bytes(gzipped(gzip.decompress(path.read_bytes()), filename=path.name, mtime=number))
    return files


def test_of_equal_empty_files_one_is_unpacked(write_classes: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    files = empties(write_classes)
    opened: list[str] = []
    open_nifti = merging.open_nifti
    monkeypatch.setattr(merging, "open_nifti", lambda path: opened.append(path.name) or open_nifti(path))
    merged = merge_class_files(files)
    assert opened == ["class_1.nii.gz", "class_2.nii.gz"]
    np.testing.assert_array_equal(merged.volume.data, np.ones((4, 5, 6)))
    assert (merged.overlap_voxels, merged.labelled_voxels) == (0, 120)


@pytest.mark.parametrize("at", [-1, -6, 30])
def test_an_empty_file_that_is_damaged_is_refused_all_the_same(at: int, write_classes: Writer) -> None:
    files = empties(write_classes)
    content = bytearray(files[4].read_bytes())
    content[at] ^= 1
    files[4].write_bytes(bytes(content))
    assert reason(files).startswith("'class_4.nii.gz': ")


def test_an_empty_file_on_another_grid_is_refused_all_the_same(write_classes: Writer) -> None:
    files = empties(write_classes)
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 7), np.uint8), AFFINE), files[4])
    assert reason(files).startswith("'class_4.nii.gz': found 4 x 5 x 7 voxels, but 4 x 5 x 6")


@pytest.mark.parametrize("flags", [0, 2, 4, 8, 16, 2 | 4 | 8 | 16])
def test_the_body_of_a_gzip_file_is_what_follows_its_header(flags: int) -> None:
    plain = gzipped(b"the same data", mtime=0, filename="")
    header = bytearray(plain[:10])
    header[3] = flags
    header += (b"\x03\x00abc" if flags & 4 else b"") + (b"name\0" if flags & 8 else b"")
    header += (b"comment\0" if flags & 16 else b"") + (b"\x12\x34" if flags & 2 else b"")
    assert gzip_body(bytes(header) + plain[10:]) == plain[10:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b",
        b"no gzip file at all",
        b"\x1f\x8b\x08\xe0" + bytes(20),
        b"\x1f\x8b\x08\x08" + b"a" * 20,
    ],
)
def test_what_is_no_gzip_file_has_no_body(content: bytes) -> None:
    assert gzip_body(content) is None
