"""The marks themselves: fill and contour, outline, dot, and what happens where two meet."""

import numpy as np
import pytest

from misground.rendering.ink import DARK, fill, solid
from misground.rendering.sections import Section
from misground.rendering.shapes import draw_shape, lay
from misground.rendering.style import STYLES

CANVAS = (60, 80)
STYLE = STYLES["2d"]


def section(x0: int, y0: int, x1: int, y1: int) -> Section:
    inside = np.ones((y1 - y0, x1 - x0), dtype=np.bool_)
    return Section((x0, y0, x1, y1), inside, ((x0 + x1) // 2, (y0 + y1) // 2))


def test_a_mask_is_a_contour_around_a_fill_and_nothing_outside() -> None:
    mark = section(10, 20, 20, 30)
    ink = lay([draw_shape("mask", mark, "A", STYLE, CANVAS)], "mask", CANVAS)
    assert np.unique(ink[20:30, 10:20]).tolist() == sorted([fill("A"), solid("A")])
    assert (ink[22:28, 12:18] == fill("A")).all()
    assert (ink[20:30, [10, 11, 18, 19]] == solid("A")).all()
    assert (ink > 0).sum() == 100


def test_a_contour_follows_a_hole() -> None:
    mark = section(10, 10, 31, 31)
    mark.inside[10, 10] = False
    ink = lay([draw_shape("mask", mark, "B", STYLES["3d"], CANVAS)], "mask", CANVAS)
    assert ink[20, 20] == 0
    assert ink[19, 20] == ink[20, 19] == ink[21, 20] == ink[20, 21] == solid("B")
    assert ink[18, 20] == fill("B")


def test_the_outer_edge_of_an_outline_is_the_box() -> None:
    ink = lay([draw_shape("box", section(10, 20, 40, 35), "B", STYLE, CANVAS)], "box", CANVAS)
    expected = np.zeros(CANVAS, dtype=np.uint8)
    expected[20:35, 10:40] = solid("B")
    expected[22:33, 12:38] = 0
    np.testing.assert_array_equal(ink, expected)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_box_of_few_pixels_is_filled(size: int) -> None:
    ink = lay([draw_shape("box", section(5, 5, 5 + size, 5 + size), "A", STYLE, CANVAS)], "box", CANVAS)
    assert (ink[5 : 5 + size, 5 : 5 + size] == solid("A")).all()
    assert np.count_nonzero(ink) == size**2


def test_a_dot_is_round_and_centred_with_a_dark_rim() -> None:
    ink = lay([draw_shape("point", section(30, 20, 31, 21), "A", STYLE, CANVAS)], "point", CANVAS)
    dot = ink[20 - 5 : 20 + 6, 30 - 5 : 30 + 6]
    assert np.count_nonzero(ink) == np.count_nonzero(dot)
    for turned in (dot.T, dot[::-1], dot[:, ::-1]):
        np.testing.assert_array_equal(dot, turned)
    assert dot[5].tolist() == [DARK] + [solid("A")] * 9 + [DARK]


def test_a_dot_at_the_corner_is_cut() -> None:
    ink = lay([draw_shape("point", section(79, 0, 80, 1), "A", STYLE, CANVAS)], "point", CANVAS)
    assert ink[0, 79] == solid("A")
    assert np.count_nonzero(ink) == np.count_nonzero(ink[:6, 74:])


def test_outlines_that_coincide_alternate_in_dashes() -> None:
    shapes = [
        draw_shape("box", section(10, 10, 50, 30), "A", STYLE, CANVAS),
        draw_shape("box", section(10, 10, 50, 50), "B", STYLE, CANVAS),
    ]
    ink = lay(shapes, "box", CANVAS)
    edge = ink[10, 10:50]
    assert np.count_nonzero(edge == solid("A")) == np.count_nonzero(edge == solid("B")) == 20
    assert (ink[49, 10:50] == solid("B")).all()


def test_two_dots_that_overlap_both_keep_their_centre() -> None:
    shapes = [
        draw_shape("point", section(30, 20, 31, 21), "A", STYLE, CANVAS),
        draw_shape("point", section(32, 20, 33, 21), "B", STYLE, CANVAS),
    ]
    ink = lay(shapes, "point", CANVAS)
    assert ink[20, 30] == solid("A")
    assert ink[20, 32] == solid("B")
    assert np.count_nonzero(ink == solid("A")) >= np.count_nonzero(ink == solid("B")) > 20
