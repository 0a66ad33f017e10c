import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from misground.records import Case, CaseFacts, Modality
from misground.volumes import WINDOWS, apply_window, intensity_window, orient, read_volume, window


def case(scan: np.ndarray, modality: Modality = "mri") -> Case:
    labels = np.zeros(scan.shape, np.uint8)
    facts = CaseFacts("c", modality, "test", (1.0, 1.0, 1.0), scan.shape, 0.0, None, ())
    return Case(facts, scan, labels, (), np.eye(3))


@pytest.mark.parametrize(
    ("preset", "low", "high"), [("soft", -160, 240), ("lung", -1350, 150), ("bone", -500, 1300)]
)
def test_ct_windows_are_width_and_level(preset: Any, low: float, high: float) -> None:
    assert intensity_window(case(np.zeros((2, 2, 2), np.int16), "ct"), preset) == (low, high)


def test_there_are_three_presets() -> None:
    assert list(WINDOWS) == ["soft", "lung", "bone"]


def test_the_mri_window_is_percentiles_1_and_99_of_all_voxels() -> None:
    scan = np.random.default_rng(0).permutation(1001).reshape(7, 11, 13).astype(np.int16)
    assert intensity_window(case(scan), "soft") == (10.0, 990.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64])
@given(data=st.data())
def test_percentiles_are_numpys_for_every_number_type(dtype: Any, data: st.DataObject) -> None:
    scan = data.draw(arrays(dtype, array_shapes(min_dims=3, max_dims=3), elements=st.integers(0, 120)))
    low, high = np.percentile(scan.astype(np.float64), [1, 99])
    found = intensity_window(case(scan), "soft")
    assert found == pytest.approx((low, high if high > low else low + 1))


def test_integers_of_a_wide_range_are_sorted_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = np.random.default_rng(0).integers(-(2**31), 2**31 - 1, (9, 9, 9), dtype=np.int32)
    monkeypatch.setattr(np, "bincount", None)
    found = intensity_window(case(scan), "soft")
    assert found == pytest.approx(tuple(np.percentile(scan.astype(np.float64), [1, 99])))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_the_mri_window_does_not_depend_on_order_or_layout(dtype: Any) -> None:
    scan = np.random.default_rng(0).normal(300, 90, (5, 6, 7)).astype(dtype)
    windows = {
        intensity_window(case(layout(scan.transpose(order)[:, ::sign])), "soft")
        for order in itertools.permutations(range(3))
        for sign in (1, -1)
        for layout in (np.asarray, np.ascontiguousarray, np.asfortranarray)
    }
    assert len(windows) == 1


def test_finding_the_window_leaves_the_scan_as_it_is() -> None:
    scan = np.random.default_rng(0).normal(300, 90, (5, 6, 7)).astype(np.float32)
    before = scan.copy()
    intensity_window(case(scan), "soft")
    np.testing.assert_array_equal(scan, before)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_a_constant_image_has_a_window(dtype: Any) -> None:
    scan = np.full((3, 3, 3), 7, dtype)
    low, high = intensity_window(case(scan), "soft")
    assert low < high
    assert apply_window(scan, low, high).max() == 0


def test_grey_values_are_rounded_and_clipped() -> None:
    values = np.array([-3000, -161, -160, -159, 39, 40, 41, 239, 240, 241, 3000], np.int16)
    grey = apply_window(values, -160, 240)
    assert grey.dtype == np.uint8
    assert grey.tolist() == [0, 0, 0, 1, 127, 128, 128, 254, 255, 255, 255]


def test_a_window_of_no_width_is_refused() -> None:
    with pytest.raises(ValueError, match="expected low below high"):
        apply_window(np.zeros(3), 5.0, 5.0)


def test_every_part_of_a_scan_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    expected = intensity_window(case(scan), "soft")
    monkeypatch.setattr("misground.volumes.layout._PART", 7)
    assert intensity_window(case(scan), "soft") == expected
    assert window.MRI_PERCENTILES == (1, 99)


def test_a_real_slice_looks_as_the_expected_picture(data_dir: Path) -> None:
    scan = orient(read_volume(data_dir / "ct_torso" / "ct.nii.gz")).data
    expected = np.asarray(Image.open(data_dir / "expected" / "ct_torso_axial_k85_storage.png"))
    found = apply_window(scan[:, :, 85], *intensity_window(case(scan, "ct"), "soft"))
    # The expected pictures were cut off instead of rounded: a grey level of difference.
    assert np.abs(expected[::2, ::2].astype(int) - found).max() <= 1
