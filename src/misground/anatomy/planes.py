"""Axes of the patient and planes of a scan, in the RAS+ frame.

Axis x points to the patient's right, y anterior, z superior. The slice axis of a plane is the axis
perpendicular to it; the two remaining axes keep their order.
"""

from typing import Final, Literal, get_args

Axis = Literal["x", "y", "z"]
Plane = Literal["axial", "coronal", "sagittal"]

AXES: Final[tuple[Axis, ...]] = get_args(Axis)
PLANES: Final[tuple[Plane, ...]] = get_args(Plane)

SLICE_AXIS: Final[dict[Plane, Axis]] = {"axial": "z", "coronal": "y", "sagittal": "x"}


def axis_index(axis: Axis) -> int:
    """The position of an axis in a RAS+ array: x 0, y 1, z 2."""
    return AXES.index(axis)


def slice_axis_index(plane: Plane) -> int:
    """The array axis perpendicular to slices of this plane: axial 2, coronal 1, sagittal 0."""
    return axis_index(SLICE_AXIS[plane])


def in_plane_axes(plane: Plane) -> tuple[Axis, Axis]:
    """The two axes in the plane, in array order: axial (x, y), coronal (x, z), sagittal (y, z)."""
    first, second = (axis for axis in AXES if axis != SLICE_AXIS[plane])
    return first, second
