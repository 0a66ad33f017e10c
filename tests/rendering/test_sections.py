"""Where a structure shows: native rectangle and middle, and their place on a canvas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from misground.coordinates import Canvas, canvas, to_screen
from misground.records import COORDINATES, Coordinates
from misground.rendering.sections import Section, find_section, on_canvas


def found(labels: NDArray[np.uint8], coordinates: Coordinates, longer_side: int) -> tuple[Section, Canvas]:
    section = find_section(labels, 1, (1.0, 1.0))
    assert section is not None
    grid = canvas("axial", coordinates, (*labels.shape, 1), (1.0, 1.0, 1.0), longer_side)
    return on_canvas(section, coordinates, grid), grid


def scaled(labels: NDArray[np.uint8], coordinates: Coordinates, grid: Canvas) -> NDArray[np.bool_]:
    """Label 1 on the canvas, pixel by pixel from the definition of nearest scaling."""
    screen = to_screen(labels, coordinates)
    rows, columns = grid.native
    return np.array(
        [
            [
                screen[int((y + 0.5) * rows / grid.height), int((x + 0.5) * columns / grid.width)] == 1
                for x in range(grid.width)
            ]
            for y in range(grid.height)
        ]
    )


slices = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 0, 0, 1, 2])
).filter(lambda labels: bool((labels == 1).any()))


@given(labels=slices, coordinates=st.sampled_from(COORDINATES), longer_side=st.integers(3, 40))
def test_a_section_is_the_nearest_scaled_label(
    labels: NDArray[np.uint8], coordinates: Coordinates, longer_side: int
) -> None:
    section, grid = found(labels, coordinates, longer_side)
    expected = scaled(labels, coordinates, grid)
    x0, y0, x1, y1 = section.box
    assert 0 <= x0 < x1 <= grid.width
    assert 0 <= y0 < y1 <= grid.height
    shown = np.zeros_like(expected)
    shown[y0:y1, x0:x1] = section.inside
    assert shown[section.point[1], section.point[0]]
    for edge in (section.inside[0], section.inside[-1], section.inside[:, 0], section.inside[:, -1]):
        assert edge.any()
    if expected.any():
        np.testing.assert_array_equal(shown, expected)


def test_a_section_that_falls_between_pixel_centres_is_shown_under_its_voxels() -> None:
    labels = np.zeros((9, 9), dtype=np.uint8)
    labels[2, 5] = 1
    section, grid = found(labels, "storage", 3)
    assert not scaled(labels, "storage", grid).any()
    assert section == Section((1, 0, 2, 1), section.inside, (1, 0))
    assert section.inside.tolist() == [[True]]


def test_a_label_that_does_not_show_has_no_section() -> None:
    assert find_section(np.zeros((4, 5), dtype=np.uint16), 1, (1.0, 1.0)) is None


def test_the_middle_is_the_voxel_nearest_the_centroid_and_inside() -> None:
    ring = np.ones((5, 7), dtype=np.uint8)
    ring[1:-1, 1:-1] = 0
    section = find_section(ring, 1, (1.0, 1.0))
    assert section is not None
    # The centroid (2, 3) is outside; (0, 3) and (4, 3) are nearest, two voxels away, and the first counts.
    assert section.middle == (0, 3)


def test_the_middle_is_measured_in_millimetres() -> None:
    ring = np.ones((5, 7), dtype=np.uint8)
    ring[1:-1, 1:-1] = 0
    section = find_section(ring, 1, (4.0, 1.0))
    assert section is not None
    assert section.middle == (2, 0)


def test_the_middle_is_in_the_largest_component_diagonal_neighbours_joined() -> None:
    labels = np.zeros((6, 12), dtype=np.uint8)
    labels[0, 0:3] = 1
    for i in range(5):
        labels[i, 7 + i] = 1
    section = find_section(labels, 1, (1.0, 1.0))
    assert section is not None
    assert section.start == (0, 0)
    assert section.inside.shape == (5, 12)
    assert section.middle == (2, 9)


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_order_changes_nothing(order: str) -> None:
    labels = np.zeros((6, 6), dtype=np.uint8)
    labels[1, 1:3] = labels[4, 3:5] = 1  # two components of the same size
    section = find_section(np.array(labels, order=order), 1, (1.0, 1.0))
    assert section is not None
    assert section.middle == (1, 1)


@given(labels=slices, scale=st.integers(1, 4))
def test_both_coordinates_show_the_same_point_within_its_voxel(labels: NDArray[np.uint8], scale: int) -> None:
    side = scale * max(labels.shape)
    stored, _ = found(labels, "storage", side)
    viewed, _ = found(labels, "viewing", side)
    first, second = stored.point[1] // scale, stored.point[0] // scale
    seen = labels.shape[0] - 1 - viewed.point[0] // scale, labels.shape[1] - 1 - viewed.point[1] // scale
    assert seen == (first, second)
