import errno
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

from misground.anatomy import structure_table
from misground.errors import CaseError
from misground.records import CaseRef, RawCase, Volume
from misground.volumes import load_case, read_volume

Maker = Callable[..., CaseRef]
AFFINE = np.array([[2.0, 0, 0, -10], [0, 3, 0, 5], [0, 0, 4, 7], [0, 0, 0, 1]])


def in_order(volume: Volume, codes: str) -> Volume:
    change = ornt_transform(io_orientation(volume.affine), axcodes2ornt(tuple(codes)))
    data = apply_orientation(volume.data, change)
    return Volume(data, volume.affine @ inv_ornt_aff(change, volume.data.shape))


def tilted(degrees: float) -> np.ndarray:
    affine = np.eye(4)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    affine[:2, :2] = [[c, -s], [s, c]]
    return affine


def reason(ref: CaseRef, **settings: Any) -> str:
    with pytest.raises(CaseError) as caught:
        load_case(ref, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_case_is_what_its_reader_found_in_one_frame(make_ref: Maker) -> None:
    case = load_case(make_ref(side=None))
    assert (case.facts.case_id, case.facts.modality, case.facts.region, case.facts.source) == (
        "s1",
        "ct",
        "torso",
        "test",
    )
    assert case.facts.shape == (4, 5, 6)
    assert case.facts.spacing_mm == (2.0, 3.0, 4.0)
    assert case.facts.oblique_degrees == 0.0
    np.testing.assert_array_equal(case.axes, np.eye(3))
    np.testing.assert_array_equal(case.scan, np.arange(120).reshape(4, 5, 6))
    assert [s.key for s in case.structures] == ["spleen", "liver"]
    assert case.labels.dtype == np.uint8
    assert case.labels[1, 1, 1] == 2
    assert case.labels[2, 2, 2:4].tolist() == [1, 1]
    assert np.count_nonzero(case.labels) == 3


@pytest.mark.parametrize(
    ("scan_codes", "label_codes"), list(itertools.product(["RAS", "LPS", "PIL"], repeat=2))
)
def test_scan_and_labels_may_be_stored_in_different_orders(
    scan_codes: str, label_codes: str, make_ref: Maker
) -> None:
    ref = make_ref()
    raw, expected = ref.read(), load_case(ref)
    case = load_case(make_ref(scan=in_order(raw.scan, scan_codes), labels=in_order(raw.labels, label_codes)))
    np.testing.assert_array_equal(case.scan, expected.scan)
    np.testing.assert_array_equal(case.labels, expected.labels)
    assert case.facts.spacing_mm == expected.facts.spacing_mm


def test_the_scan_is_not_copied_and_labels_keep_the_files_memory_order(make_ref: Maker) -> None:
    scan = np.arange(120, dtype=np.int16).reshape((4, 5, 6), order="F")
    labels = np.asfortranarray(np.ones((4, 5, 6), np.uint8))
    case = load_case(make_ref(scan, labels, affine=np.diag([-2.0, -3, 4, 1])))
    assert np.shares_memory(case.scan, scan)
    assert case.labels.strides == (-1, -4, 20)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int64, np.float32, np.float64])
def test_label_maps_of_whole_numbers_will_do_in_any_type(dtype: Any, make_ref: Maker) -> None:
    raw = make_ref().read()
    case = load_case(make_ref(labels=raw.labels.data.astype(dtype)))
    np.testing.assert_array_equal(case.labels, load_case(make_ref()).labels)


def test_a_label_map_of_another_shape_is_refused(make_ref: Maker) -> None:
    text = reason(make_ref(labels=np.ones((4, 5, 7), np.uint8)))
    assert text == "label map: found 4 x 5 x 7 voxels, but 4 x 5 x 6 in the scan; expected equal shapes"


@pytest.mark.parametrize("axis", range(3))
def test_labels_with_a_mirrored_header_are_refused(axis: int, make_ref: Maker) -> None:
    mirror = np.eye(4)
    mirror[axis, axis] = -1
    labels = Volume(np.ones((4, 5, 6), np.uint8), mirror @ AFFINE)
    assert "mm away from its position in the scan" in reason(make_ref(labels=labels))


@pytest.mark.parametrize(("shift", "agrees"), [(0.19, True), (0.21, False)])
def test_labels_may_lie_a_tenth_of_a_voxel_off(shift: float, agrees: bool, make_ref: Maker) -> None:
    affine = AFFINE.copy()
    affine[2, 3] += shift
    ref = make_ref(labels=Volume(np.ones((4, 5, 6), np.uint8), affine))
    if agrees:
        assert load_case(ref).facts.shape == (4, 5, 6)
    else:
        assert "a corner 0.21 mm away" in reason(ref)
        assert "at most 0.2 mm" in reason(ref)


@pytest.mark.parametrize(
    ("values", "words"),
    [([np.nan], "1 NaN and 0 infinite"), ([np.inf, -np.inf, np.nan], "1 NaN and 2 infinite")],
)
def test_voxels_that_are_not_finite_are_counted(values: list[float], words: str, make_ref: Maker) -> None:
    scan = np.zeros((4, 5, 6), np.float32)
    scan[0, 0, : len(values)] = values
    assert words in reason(make_ref(scan))


def test_unknown_label_values_are_refused(make_ref: Maker) -> None:
    assert "unknown label values 200" in reason(make_ref(labels=np.full((4, 5, 6), 200, np.uint8)))


def test_an_empty_label_map_is_refused(make_ref: Maker) -> None:
    assert "has no structure" in reason(make_ref(labels=np.zeros((4, 5, 6), np.uint8)))


def test_a_label_map_of_fractions_is_refused(make_ref: Maker) -> None:
    assert "0.5" in reason(make_ref(labels=np.full((4, 5, 6), 0.5)))


def test_ignored_values_become_background(make_ref: Maker) -> None:
    labels = np.full((4, 5, 6), 90, np.uint8)
    labels[0, 0, 0] = 1
    case = load_case(make_ref(labels=labels, ignored=frozenset({90})))
    assert np.count_nonzero(case.labels) == 1


@pytest.mark.parametrize(("overlap", "used"), [(1, True), (2, False)])
def test_more_than_1_percent_of_overlap_is_refused(overlap: int, used: bool, make_ref: Maker) -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[:, :, :5] = 1
    ref = make_ref(labels=labels, overlap_voxels=overlap)
    if used:
        assert load_case(ref).facts.shape == (4, 5, 6)
    else:
        assert "overlap in 2 of 100 labelled voxels (2.0%); expected at most 1%" in reason(ref)


@pytest.mark.parametrize(("degrees", "used"), [(14.9, True), (15.1, False)])
def test_15_degrees_oblique_is_the_limit(degrees: float, used: bool, make_ref: Maker) -> None:
    ref = make_ref(affine=tilted(degrees))
    if used:
        assert load_case(ref).facts.oblique_degrees == pytest.approx(degrees)
    else:
        assert "oblique by 15.1 degrees; expected at most 15" in reason(ref)


def test_the_oblique_limit_is_a_setting(make_ref: Maker) -> None:
    assert load_case(
        make_ref(affine=tilted(30)), max_oblique_degrees=31
    ).facts.oblique_degrees == pytest.approx(30)


@pytest.mark.parametrize("shape", [(1, 5, 6), (4, 5, 1), (4, 5), (4, 5, 6, 2)])
def test_axes_of_one_voxel_and_other_than_three_are_refused(shape: tuple[int, ...], make_ref: Maker) -> None:
    text = reason(make_ref(np.zeros(shape, np.int16), np.ones(shape, np.uint8)))
    assert f"a scan of {' x '.join(map(str, shape))} voxels" in text


@pytest.mark.parametrize(
    ("affine", "words"), [(np.zeros((4, 4)), "voxels of 0 x 0 x 0 mm"), (np.full((4, 4), np.nan), "NaN")]
)
def test_an_affine_that_places_nothing_is_refused(affine: np.ndarray, words: str, make_ref: Maker) -> None:
    text = reason(make_ref(affine=affine))
    assert text.startswith("scan: ")
    assert words in text


def test_voxels_that_are_no_numbers_are_refused(make_ref: Maker) -> None:
    assert "real numbers" in reason(make_ref(np.zeros((4, 5, 6), np.complex64)))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CaseError("as it is"), "as it is"),
        (MemoryError(), "not enough memory to read the case"),
        (FileNotFoundError(errno.ENOENT, "x", "/some/where/a.csv"), "'a.csv': No such file or directory"),
        (OSError("in /some/where"), "cannot be read"),
        (ValueError("in /some/where at 0x7f00"), "the case cannot be read (ValueError)"),
    ],
)
def test_whatever_the_reader_raises_is_one_line_without_paths(
    error: Exception, expected: str, make_ref: Maker
) -> None:
    def fail() -> RawCase:
        raise error

    assert reason(replace(make_ref(), read=fail)) == expected


def _read_torso(folder: Path, codes: str) -> RawCase:
    return RawCase(
        scan=in_order(read_volume(folder / "ct.nii.gz"), codes),
        labels=in_order(read_volume(folder / "segmentation.nii.gz"), codes),
        structures=structure_table().label_set("total"),
        ignored=frozenset({23, 24, 90, 91}),
    )


def test_the_real_torso_is_the_same_case_in_every_order(data_dir: Path, make_ref: Maker) -> None:
    folder = data_dir / "ct_torso"
    ras, lps, pil = (
        load_case(replace(make_ref(), read=partial(_read_torso, folder, codes)))
        for codes in ("RAS", "LPS", "PIL")
    )
    for other in (lps, pil):
        np.testing.assert_array_equal(other.scan, ras.scan)
        np.testing.assert_array_equal(other.labels, ras.labels)
        assert other.structures == ras.structures
        assert other.facts == ras.facts
        assert other.axes.tobytes() == ras.axes.tobytes()
    x = {
        s.key: np.nonzero((ras.labels == i).any(axis=(1, 2)))[0].mean()
        for i, s in enumerate(ras.structures, 1)
    }
    assert x["liver"] > x["spleen"]
    assert x["kidney_right"] > x["kidney_left"]
