"""Axes of the patient and planes of a scan, in the RAS+ frame.

Axis x runs towards the patient's right, y anterior, z superior. A plane is named by the axis that it
is perpendicular to, its slice axis; the two remaining axes keep their order.
"""

from typing import Final, Literal, get_args

Axis = Literal["x", "y", "z"]
Plane = Literal["axial", "coronal", "sagittal"]

AXES: Final[tuple[Axis, ...]] = get_args(Axis)
PLANES: Final[tuple[Plane, ...]] = get_args(Plane)

SLICE_AXIS: Final[dict[Plane, Axis]] = {"axial": "z", "coronal": "y", "sagittal": "x"}


def axis_index(axis: Axis) -> int:
    """Position of an axis in a RAS+ array: x 0, y 1, z 2."""
    return AXES.index(axis)


def slice_axis_index(plane: Plane) -> int:
    """Array axis that slices of this plane are perpendicular to: axial 2, coronal 1, sagittal 0."""
    return axis_index(SLICE_AXIS[plane])


def in_plane_axes(plane: Plane) -> tuple[Axis, Axis]:
    """The two axes that lie in the plane, in array order: axial (x, y), coronal (x, z), sagittal (y, z)."""
    first, second = (axis for axis in AXES if axis != SLICE_AXIS[plane])
    return first, second
