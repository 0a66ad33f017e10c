"""Which way the patient's axes run on the screen, by looking at pictures of coordinates."""

import numpy as np
from second.facts import AXES, in_plane_axes, plane_of

# Small, of three different lengths: the directions do not depend on the size.
SHAPE = (3, 4, 5)


def shown(plane_slice: np.ndarray, coordinates: str) -> np.ndarray:
    """A slice as rows and columns of the screen."""
    return {"storage": plane_slice, "viewing": plane_slice.T[::-1, ::-1]}[coordinates]


def coordinate_picture(plane: str, coordinates: str, axis: str) -> np.ndarray:
    """A picture whose every pixel holds its own coordinate along an axis of the patient."""
    coordinate = np.indices(SHAPE)[AXES.index(axis)]
    return shown(plane_of(coordinate, plane, 1), coordinates)


def screen_direction(plane: str, coordinates: str, axis: str) -> str:
    """Where on the screen the axis grows towards: above, below, left or right."""
    picture = coordinate_picture(plane, coordinates, axis)
    grows_downwards = picture[1, 0] - picture[0, 0]
    grows_rightwards = picture[0, 1] - picture[0, 0]
    return {(1, 0): "below", (-1, 0): "above", (0, 1): "right", (0, -1): "left"}[
        int(grows_downwards), int(grows_rightwards)
    ]


def nearest(length: int, pixels: int) -> np.ndarray:
    """The voxel under the centre of each pixel along one side of the canvas."""
    return np.floor((np.arange(pixels) + 0.5) * length / pixels + 1e-9).astype(int)


def scaled(labels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Labels on the screen, scaled to the canvas by nearest neighbour."""
    rows, columns = nearest(labels.shape[0], height), nearest(labels.shape[1], width)
    return labels[rows][:, columns]


def canvas_size(
    shape: tuple[int, ...], spacing: tuple[float, ...], plane: str, coordinates: str, longer: int
):
    """Width and height in pixels, and mm a pixel, of a volume's slice on the screen."""
    mm = [shape[AXES.index(axis)] * spacing[AXES.index(axis)] for axis in in_plane_axes(plane)]
    height_mm, width_mm = mm if coordinates == "storage" else mm[::-1]
    mm_per_pixel = max(mm) / longer
    return max(1, round(width_mm / mm_per_pixel)), max(1, round(height_mm / mm_per_pixel)), mm_per_pixel
