import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misground.sources.phantom.compose import both_sides, boxed, clip, common, cut, grown, merged, union
from misground.sources.phantom.lofts import loft, profile, spline, spread
from misground.sources.phantom.shapes import (
    Points,
    Shape,
    cylinder,
    ellipsoid,
    half_space,
    plate,
    tube,
)

COORDINATE = st.integers(-20, 20).map(float)
POINT = st.tuples(COORDINATE, COORDINATE, COORDINATE)
SIZE = st.integers(2, 12).map(float)
ANGLE = st.integers(-80, 80).map(float)


def grid(half: float = 60, step: float = 2) -> Points:
    axis = np.arange(-half, half + step, step).astype(np.float32)
    corner = (float(axis[0]),) * 3, (float(axis[-1]),) * 3
    return Points(axis[:, None, None], axis[None, :, None], axis[None, None, :], *corner)


def at(*points: tuple[float, float, float]) -> Points:
    x, y, z = np.array(points, dtype=np.float32).T
    # A loft takes its sections from one height: ask it for single points alone.
    return Points(x[:, None, None], y[:, None, None], z[:1, None, None], (-1e3, -1e3, -1e3), (1e3, 1e3, 1e3))


def level(shape: Shape, point: tuple[float, float, float]) -> float:
    return min(float(part.level(at(point)).ravel()[0]) for part in shape)


def volume(shape: Shape) -> float:
    inside = np.zeros((61, 61, 61), dtype=bool)
    for part in shape:
        inside |= np.broadcast_to(part.level(grid()) <= 0, inside.shape)
    return float(inside.sum()) * 8


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    kind = draw(st.sampled_from(("ellipsoid", "tube", "plate", "cylinder", "loft")))
    a, b, c = draw(POINT), draw(POINT), draw(POINT)
    if kind == "ellipsoid":
        return ellipsoid(a, draw(st.tuples(SIZE, SIZE, SIZE)), draw(ANGLE), draw(ANGLE), draw(ANGLE))
    if kind == "tube":
        return tube([a, b], [draw(SIZE), draw(SIZE)], (1, 1.5, 0.8))
    if kind == "plate":
        return plate(a, (a[0] + 9, a[1] + 1, b[2]), (c[0], a[1] - 12, c[2]), draw(SIZE))
    if kind == "cylinder":
        return cylinder(a, (draw(SIZE), draw(SIZE)), draw(SIZE), draw(ANGLE), draw(st.sampled_from((0, 3))))
    sections = [(-20, a[0], a[1], draw(SIZE), draw(SIZE)), (15, b[0], b[1], draw(SIZE), draw(SIZE))]
    return loft(sections, draw(st.sampled_from((0, 0.7))))


def outside_of_its_box(shape: Shape) -> float:
    points = grid(60, 8)
    lowest = np.inf
    for part in shape:
        value = np.broadcast_to(part.level(points), (16, 16, 16))
        out = np.zeros(value.shape, dtype=bool)
        for axis, lo, hi in zip((points.x, points.y, points.z), part.lo, part.hi, strict=True):
            out |= (axis < lo - 1e-3) | (axis > hi + 1e-3)
        lowest = min(lowest, float(value[out].min()))
    return lowest


@settings(deadline=None)
@given(shapes())
def test_a_shape_is_positive_outside_of_its_box(shape: Shape):
    assert outside_of_its_box(shape) > 0


@settings(max_examples=40, deadline=None)
@given(shapes(), shapes(), st.integers(0, 8))
def test_a_composed_shape_is_positive_outside_of_its_box(a: Shape, b: Shape, k: int):
    assert outside_of_its_box(merged(union(a, b), k)) > 0
    assert outside_of_its_box(cut(a, b, gap=1, round_mm=k)) > 0
    assert outside_of_its_box(common(a, b, 1, k)) > 0
    assert outside_of_its_box(clip(a, (0.6, 0, -0.8), 5, k)) > 0
    assert outside_of_its_box(boxed(a, (-10, -8, -6), (6, 8, 10))) > 0


@settings(deadline=None)
@given(shapes())
def test_levels_stay_single_precision(shape: Shape):
    # numpy 1 and 2 differ in what they promote; the phantoms must not.
    whole = grown(cut(merged(shape, 3), ellipsoid((0, 0, 0), (5, 5, 5)), gap=1, round_mm=2), 1)
    assert all(part.level(grid(20, 8)).dtype == np.float32 for part in union(shape, whole))


def test_a_ball_measures_the_distance_to_its_surface():
    ball = ellipsoid((1, 2, 3), (10, 10, 10))
    assert level(ball, (1, 2, 3)) < -9.9
    assert level(ball, (1, 6, 3)) == pytest.approx(-6, abs=1e-3)
    assert level(ball, (1, 2, 20)) == pytest.approx(7, abs=1e-3)


def test_an_ellipsoid_has_its_volume_however_it_is_turned():
    expected = 4 / 3 * np.pi * 20 * 30 * 40
    for angles in ((0, 0, 0), (30, 0, 0), (10, 50, -20)):
        assert volume(ellipsoid((2, -3, 4), (20, 30, 40), *angles)) == pytest.approx(expected, rel=0.02)


def test_a_yaw_turns_the_right_to_the_front():
    stick = ellipsoid((0, 0, 0), (20, 3, 3), yaw=90)
    assert level(stick, (0, 18, 0)) < 0
    assert level(stick, (18, 0, 0)) > 0


def test_a_tube_measures_the_distance_to_its_line():
    pipe = tube([(0, 0, 0), (0, 0, 30)], [5, 2])
    assert level(pipe, (9, 0, -12)) == pytest.approx(15 - 5, abs=1e-3)
    assert level(pipe, (0, 4, 15)) == pytest.approx(4 - 3.5, abs=1e-3)
    assert level(pipe, (0, 0, 40)) == pytest.approx(10 - 2, abs=1e-3)


def test_a_tube_has_one_part_a_span_and_touches_every_point():
    points = [(0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 20.0, 0.0)]
    pipe = tube(points, 3)
    assert len(pipe) == 2
    assert all(level(pipe, p) == pytest.approx(-3) for p in points)


def test_a_plate_measures_the_distance_to_its_triangle():
    sheet = plate((0, 0, 0), (30, 0, 0), (0, 30, 0), 2)
    assert level(sheet, (8, 8, 7)) == pytest.approx(7 - 2, abs=1e-3)
    assert level(sheet, (8, 8, -7)) == pytest.approx(7 - 2, abs=1e-3)
    assert level(sheet, (15, -4, 3)) == pytest.approx(5 - 2, abs=1e-3)
    assert level(sheet, (-3, -4, 0)) == pytest.approx(5 - 2, abs=1e-3)


def test_a_cylinder_leans_back_with_a_positive_pitch():
    column = cylinder((0, 0, 0), (5, 5), 20, pitch=30)
    assert level(column, (0, -8, 15)) < 0 < level(column, (0, 8, 15))


def test_a_loft_has_the_sections_that_it_was_given():
    body = loft([(0, 0, 0, 20, 10), (30, 5, 0, 20, 10), (50, 5, 4, 8, 8)])
    assert level(body, (19, 0, 1)) < 0 < level(body, (21, 0, 1))
    assert level(body, (5, 9, 30)) < 0 < level(body, (5, 11, 30))
    assert level(body, (5, 4, 51)) == pytest.approx(1, abs=1e-3)


def test_a_squarer_section_is_fuller_at_its_corners_and_no_wider():
    round_one, square_one = (loft([(0, 0, 0, 20, 20), (10, 0, 0, 20, 20)], s) for s in (0, 0.8))
    assert level(round_one, (15, 15, 5)) > 0 > level(square_one, (15, 15, 5))
    assert level(square_one, (21, 0, 5)) > 0
    assert level(square_one, (40, 40, 5)) > 0


def test_a_half_space_ends_at_its_plane():
    half = half_space((0, 0, 1), 4, (-9, -9, -9), (9, 9, 9))
    assert level(half, (1, 2, 3)) == pytest.approx(-1)


def test_cut_leaves_a_gap_and_common_an_inset():
    ball, other = ellipsoid((0, 0, 0), (20, 20, 20)), ellipsoid((20, 0, 0), (10, 10, 10))
    assert level(cut(ball, other, gap=3), (8, 0, 0)) == pytest.approx(1, abs=0.01)
    assert level(common(other, ball, inset_mm=2), (19, 0, 0)) == pytest.approx(1, abs=0.01)


def test_merging_fills_the_crease_between_two_balls():
    balls = union(ellipsoid((-9, 0, 0), (10, 10, 10)), ellipsoid((9, 0, 0), (10, 10, 10)))
    assert level(merged(balls), (0, 6, 0)) > 0 > level(merged(balls, 10), (0, 6, 0))


def test_growing_moves_the_surface_outwards():
    assert level(grown(ellipsoid((0, 0, 0), (10, 10, 10)), 4), (0, 0, 13)) == pytest.approx(-1, abs=1e-3)


def test_points_are_mirrored_to_the_left():
    assert both_sides([(3, 1, 2)], -1) == [(-3, 1, 2)]
    assert both_sides([(3, 1, 2)], 1) == [(3, 1, 2)]


def test_a_spline_passes_through_its_points():
    points = [(0.0, 0.0, 0.0), (10.0, 5.0, 0.0), (20.0, -5.0, 3.0), (30.0, 0.0, 9.0)]
    curve = spline(points, 4)
    assert [curve[i] for i in (0, 4, 8, 12)] == points
    assert len(curve) == len(spread([1, 2, 3, 4], 4)) == 13


def test_a_profile_passes_through_its_knots_and_stays_beyond_them():
    knots = [(0.0, 10.0), (10.0, 20.0), (30.0, 5.0)]
    values = profile(knots, np.array([-5, 0, 10, 30, 99]))[:, 0]
    assert values.tolist() == [10, 10, 20, 5, 5]
