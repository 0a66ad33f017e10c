import pytest

from misground.anatomy import AXES, PLANES, SLICE_AXIS, Plane, axis_index, in_plane_axes, slice_axis_index


def test_axes_stand_in_the_order_of_a_ras_array():
    assert AXES == ("x", "y", "z")
    assert [axis_index(axis) for axis in AXES] == [0, 1, 2]


@pytest.mark.parametrize(
    ("plane", "slice_axis", "in_plane"),
    [("axial", "z", ("x", "y")), ("coronal", "y", ("x", "z")), ("sagittal", "x", ("y", "z"))],
)
def test_a_plane_is_perpendicular_to_its_slice_axis(plane: Plane, slice_axis: str, in_plane: tuple[str, str]):
    assert SLICE_AXIS[plane] == slice_axis
    assert AXES[slice_axis_index(plane)] == slice_axis
    assert in_plane_axes(plane) == in_plane


def test_there_are_three_planes_and_each_has_a_slice_axis_of_its_own():
    assert PLANES == ("axial", "coronal", "sagittal")
    assert sorted(SLICE_AXIS[plane] for plane in PLANES) == sorted(AXES)
