import numpy as np
import pytest

from misground.sources.phantom.dice import Dice
from misground.sources.phantom.painter import Painter, Space, Stroke, make_space
from misground.sources.phantom.shapes import ellipsoid, half_space

VALUES = {"liver": 5, "spleen": 1, "colon": 20}
EVERYWHERE = (-100, -100, -100), (100, 100, 100)


def flat_space(n: int = 20) -> Space:
    bend = np.zeros((n, n), dtype=np.float32)
    return Space((n, n, n), (0, 0, 0), (1, 1, 1), bend, bend, 0)


def blank() -> Painter:
    return Painter(flat_space(), VALUES, -1000)


def below(limit: float):
    """Everything at x <= limit."""
    return half_space((1, 0, 0), limit, *EVERYWHERE)


def test_later_strokes_cover_earlier_ones():
    painter = blank()
    painter.paint([Stroke(below(9), 60, "liver"), Stroke(below(4), 50, "spleen"), Stroke(below(1), 10)])
    assert painter.labels[:, 0, 0].tolist() == [0] * 2 + [1] * 3 + [5] * 5 + [0] * 10
    assert painter.scan[:, 0, 0].tolist() == [10] * 2 + [50] * 3 + [60] * 5 + [-1000] * 10


def test_a_stroke_over_some_structures_leaves_the_others():
    painter = blank()
    painter.paint([Stroke(below(9), 60, "liver"), Stroke(below(4), 50, "spleen")])
    painter.paint([Stroke(below(14), 7, "colon", over=("", "liver"))])
    assert painter.labels[:, 0, 0].tolist() == [1] * 5 + [20] * 10 + [0] * 5


def test_a_texture_changes_the_scan_alone():
    painter = blank()
    painter.paint([Stroke(below(9), 60, "liver"), Stroke(below(12), 99, over=("liver",), texture=True)])
    assert painter.labels[:, 0, 0].tolist() == [5] * 10 + [0] * 10
    assert painter.scan[:, 0, 0].tolist() == [99] * 10 + [-1000] * 10


def test_a_core_lies_below_the_surface_and_a_rim_around_it():
    painter = blank()
    painter.paint([Stroke(below(9), 60, "liver", core=((3, 40), (6, 20)), rim=(2, -100))])
    assert painter.scan[:, 0, 0].tolist() == [20] * 4 + [40] * 3 + [60] * 3 + [-100] * 2 + [-1000] * 8
    assert painter.labels[:, 0, 0].tolist() == [5] * 10 + [0] * 10


def test_a_rim_spares_what_is_labelled():
    painter = blank()
    painter.paint([Stroke(below(15), 60, "liver"), Stroke(below(4), 50, "spleen", rim=(20, -100))])
    assert painter.scan[:, 0, 0].tolist() == [50] * 5 + [60] * 11 + [-100] * 4


def test_a_shape_outside_of_the_grid_paints_nothing():
    painter = blank()
    painter.paint([Stroke(ellipsoid((-50, 5, 5), (9, 9, 9)), 60, "liver")])
    assert not painter.labels.any()


def test_the_slabs_of_a_large_shape_join_without_a_seam():
    n = 90
    painter = Painter(flat_space(n), VALUES, 0)
    painter.paint([Stroke(ellipsoid((45, 45, 45), (40, 41, 42)), 60, "liver")])
    x, y, z = (
        np.arange(n, dtype=np.float64).reshape([-1 if i == j else 1 for j in range(3)]) - 45 for i in range(3)
    )
    q = (x / 40) ** 2 + (y / 41) ** 2 + (z / 42) ** 2
    wrong = (painter.labels == 5) != (q <= 1)
    assert not wrong[abs(q - 1) > 1e-5].any()


def test_tidy_keeps_the_largest_piece_or_every_large_one():
    painter = blank()
    painter.labels[0:4, 0:4, 0:4] = 5
    painter.labels[10, 10, 10:12] = 5
    painter.labels[0:4, 10, 10] = 1
    painter.labels[10:13, 0, 0] = 1
    painter.labels[18, 18, 18] = 1
    painter.labels[15, 0:5, 0] = 20
    painter.tidy({"spleen": 3}, least=6)
    assert (painter.labels == 5).sum() == 64
    assert (painter.labels == 1).sum() == 7
    assert not (painter.labels == 20).any()


def test_softening_keeps_a_flat_scan_and_blends_a_border():
    painter = blank()
    painter.soften()
    assert (painter.scan == -1000).all()
    painter.scan[10:] = 1000
    painter.soften()
    assert painter.scan[8:12, 5, 5].tolist() == [-1000, -500, 500, 1000]


def test_noise_stops_at_the_lowest_value():
    painter = blank()
    painter.add_noise(Dice(0, "torso", 0), 40, -1024)
    assert painter.scan.min() == -1024
    assert painter.scan.max() > -950


def test_a_grid_has_its_middle_spacing_and_bend_where_asked():
    space = make_space(
        extent_mm=(100, 60, 81),
        spacing_mm=(2, 3, 4),
        scale=(1.25, 1, 0.8),
        middle=(5, -9, 200),
        bend=6,
        dice=Dice(0, "torso", 0),
    )
    assert space.shape == (50, 20, 20)
    assert space.step == (1.6, 3, 5)
    assert [space.origin[i] + space.step[i] * (space.shape[i] - 1) / 2 for i in range(3)] == pytest.approx(
        [5, -9, 200], abs=0.01
    )
    assert 0.5 < float(np.abs(space.bend_x).max()) <= 6
    points = space.points((slice(0, 50), slice(0, 20), slice(0, 20)))
    assert points.lo[0] <= float(points.x.min())
    assert float(points.x.max()) <= points.hi[0]
