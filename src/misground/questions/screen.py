"""How far two marks must stand apart to be told apart on a canvas."""

from misground.anatomy import Plane, axis_index, in_plane_axes
from misground.coordinates import LONGER_SIDE, canvas
from misground.records import CaseFacts, Dimension


def clear_distance_mm(facts: CaseFacts, plane: Plane, dimension: Dimension) -> float:
    """Distance between box centres from which their order on the screen is beyond rounding.

    Two voxels or two pixels, whichever is larger: the edges of a box are rounded to whole pixels.
    """
    pixel = canvas(plane, "storage", facts.shape, facts.spacing_mm, LONGER_SIDE[dimension]).mm_per_pixel
    voxel = max(facts.spacing_mm[axis_index(axis)] for axis in in_plane_axes(plane))
    return 2 * max(pixel, voxel)
