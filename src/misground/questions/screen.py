"""The distance from which the order of two marks is clear on a canvas."""

from misground.anatomy import Plane, axis_index, in_plane_axes
from misground.coordinates import LONGER_SIDE, canvas
from misground.records import CaseFacts, Dimension


def clear_distance_mm(facts: CaseFacts, plane: Plane, dimension: Dimension) -> float:
    """The distance in mm between box centres from which rounding cannot change their order on the screen.

    It is two voxels or two pixels, whichever is larger, since the edges of a box are rounded to whole pixels.
    """
    pixel = canvas(plane, "storage", facts.shape, facts.spacing_mm, LONGER_SIDE[dimension]).mm_per_pixel
    voxel = max(facts.spacing_mm[axis_index(axis)] for axis in in_plane_axes(plane))
    return 2 * max(pixel, voxel)
