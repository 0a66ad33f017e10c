import itertools
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes import orient, read_volume
from misground.volumes.orientation import axis_codes

ORDERS = [
    "".join(letters)
    for pairs in itertools.permutations(("RL", "AP", "SI"))
    for letters in itertools.product(*pairs)
]


def rotation(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = (k for k in range(3) if k != axis)
    matrix = np.eye(4)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def in_order(volume: Volume, codes: str) -> Volume:
    """The same volume as a file with these axis codes would hold it, by nibabel."""
    change = ornt_transform(io_orientation(volume.affine), axcodes2ornt(tuple(codes)))
    data = apply_orientation(volume.data, change)
    return Volume(data, volume.affine @ inv_ornt_aff(change, volume.data.shape))


def made(degrees: tuple[float, float, float], sides: tuple[float, float, float]) -> Volume:
    affine = rotation(0, degrees[0]) @ rotation(1, degrees[1]) @ rotation(2, degrees[2])
    affine = affine @ np.diag([*sides, 1.0])
    affine[:3, 3] = (-31.7, 12.9, 4.25)
    return Volume(np.arange(120, dtype=np.int16).reshape(4, 5, 6), affine)


def test_there_are_48_orders() -> None:
    assert len(set(ORDERS)) == 48


@pytest.mark.parametrize("codes", ORDERS)
@pytest.mark.parametrize("degrees", [(0, 0, 0), (7.3, -4.1, 2.9)])
def test_every_axis_order_gives_the_same_volume_to_the_bit(
    codes: str, degrees: tuple[float, float, float]
) -> None:
    volume = made(degrees, (0.7, 0.8, 3.0))
    expected, found = orient(volume), orient(in_order(volume, codes))
    assert axis_codes(in_order(volume, codes).affine) == codes
    np.testing.assert_array_equal(found.data, volume.data)
    assert found.spacing_mm == expected.spacing_mm
    assert found.axes.tobytes() == expected.axes.tobytes()
    assert found.oblique_degrees == expected.oblique_degrees
    np.testing.assert_allclose(found.affine, volume.affine, atol=1e-9)


@given(
    codes=st.sampled_from(ORDERS),
    degrees=st.tuples(*[st.floats(-10, 10)] * 3),
    sides=st.tuples(*[st.floats(0.2, 6)] * 3),
)
def test_any_tilt_and_spacing_gives_the_same_frame_to_the_bit(
    codes: str, degrees: tuple[float, float, float], sides: tuple[float, float, float]
) -> None:
    volume = made(degrees, sides)
    expected, found = orient(volume), orient(in_order(volume, codes))
    np.testing.assert_array_equal(found.data, expected.data)
    assert found.spacing_mm == expected.spacing_mm == pytest.approx(sides, abs=1e-9)
    assert found.axes.tobytes() == expected.axes.tobytes()
    assert found.oblique_degrees == expected.oblique_degrees


@pytest.mark.parametrize("codes", ORDERS)
def test_the_result_is_nibabels_closest_canonical(codes: str) -> None:
    volume = in_order(made((3, 2, 1), (1, 2, 3)), codes)
    image = nib.as_closest_canonical(nib.Nifti1Image(volume.data, volume.affine))
    found = orient(volume)
    np.testing.assert_array_equal(found.data, np.asanyarray(image.dataobj))
    np.testing.assert_allclose(found.affine, image.affine, atol=1e-9)


def test_the_data_is_a_view() -> None:
    volume = in_order(made((0, 0, 0), (1, 1, 1)), "PIL")
    assert np.shares_memory(orient(volume).data, volume.data)


def test_a_straight_volume_has_exact_unit_axes_and_no_tilt() -> None:
    found = orient(in_order(made((0, 0, 0), (0.7, 0.8, 3.0)), "LPS"))
    assert found.spacing_mm == (0.7, 0.8, 3.0)
    assert found.axes.tobytes() == np.eye(3).tobytes()
    assert found.oblique_degrees == 0.0


@pytest.mark.parametrize("degrees", [0.01, 5.0, 14.9, 30.0])
def test_the_tilt_is_the_angle_to_the_closest_patient_axis(degrees: float) -> None:
    assert orient(made((0, degrees, 0), (1, 2, 3))).oblique_degrees == pytest.approx(degrees, abs=1e-3)


def test_a_sheared_axis_counts_as_tilt() -> None:
    affine = np.eye(4)
    affine[1, 2] = np.tan(np.radians(20))
    assert orient(Volume(np.zeros((2, 2, 2)), affine)).oblique_degrees == pytest.approx(20)


def test_rows_of_axes_are_the_directions_of_the_array_axes() -> None:
    affine = rotation(2, 10) @ np.diag([2.0, 3, 4, 1])
    axes = orient(Volume(np.zeros((2, 2, 2)), affine)).axes
    np.testing.assert_allclose(axes, affine[:3, :3].T / [[2], [3], [4]], atol=1e-15)


@pytest.mark.parametrize("affine", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.diag([1.0, 0, 1, 1])])
def test_an_affine_that_places_nothing_is_refused(affine: np.ndarray) -> None:
    with pytest.raises(CaseError):
        orient(Volume(np.zeros((2, 2, 2)), affine))


def test_a_real_ct_is_nibabels_closest_canonical(data_dir: Path) -> None:
    path = data_dir / "ct_torso" / "ct.nii.gz"
    image = nib.as_closest_canonical(nib.load(path))
    found = orient(read_volume(path))
    np.testing.assert_array_equal(found.data, np.asanyarray(image.dataobj))
    np.testing.assert_array_equal(found.affine, image.affine)
    assert found.spacing_mm == (3.0, 3.0, 3.0)
