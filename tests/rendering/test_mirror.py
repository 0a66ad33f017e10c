"""Mirrored views: the scan and the places of its marks are turned, the letters are not."""

import numpy as np
import pytest

from misground.rendering import render_views
from misground.rendering.style import COLORS

WINDOW = (0.0, 255.0)
FLIPS = {"row": lambda pixels: pixels[::-1], "column": lambda pixels: pixels[:, ::-1]}


@pytest.mark.parametrize("dimension", ["2d", "3d"])
@pytest.mark.parametrize("along", FLIPS)
def test_the_scan_is_mirrored_pixel_by_pixel(case, make_spec, decode, along, dimension):
    made = {
        "dimension": dimension,
        "coordinates": "viewing",
        "slices": (3,) if dimension == "2d" else (2, 3, 4),
    }
    plain, turned = render_views(case, [make_spec(**made), make_spec(**made, mirrored=along)], WINDOW)
    for one, other in zip(plain.frames, turned.frames, strict=True):
        assert np.array_equal(FLIPS[along](decode(one)), decode(other))
        assert not np.array_equal(decode(one), decode(other))


@pytest.mark.parametrize("along", FLIPS)
def test_marks_are_recorded_where_they_are_drawn(case, make_spec, along):
    made = {"dimension": "3d", "coordinates": "viewing", "slices": (2, 3, 4), "prompt": "mask"}
    plain, turned = render_views(case, [make_spec(**made), make_spec(**made, mirrored=along)], WINDOW)
    assert plain.marks
    for one, other in zip(plain.marks, turned.marks, strict=True):
        (x0, y0, x1, y1), (x, y) = one.box, one.point
        box, point = {
            "column": ((plain.width - x1, y0, plain.width - x0, y1), (plain.width - 1 - x, y)),
            "row": ((x0, plain.height - y1, x1, plain.height - y0), (x, plain.height - 1 - y)),
        }[along]
        assert (other.box, other.point) == (box, point)
        assert (other.label, other.structure, other.frame) == (one.label, one.structure, one.frame)


def test_letters_are_not_mirrored(case, make_spec, decode):
    """The letter B, in its own colour, stands within the mirrored picture as it does in the plain one."""
    made = {"dimension": "2d", "coordinates": "viewing", "slices": (3,), "prompt": "point"}
    plain, turned = render_views(case, [make_spec(**made), make_spec(**made, mirrored="column")], WINDOW)
    color = np.array([int(COLORS["B"][at : at + 2], 16) for at in (1, 3, 5)])
    drawn, found = ((decode(view.frames[0]) == color).all(axis=2) for view in (plain, turned))

    def letter(where, view):
        (x, y) = next(mark.point for mark in view.marks if mark.label == "B")
        rest = where.copy()
        rest[max(0, y - 9) : y + 10, max(0, x - 9) : x + 10] = False  # without the dot
        rows, columns = np.flatnonzero(rest.any(axis=1)), np.flatnonzero(rest.any(axis=0))
        return rest[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    one, other = letter(drawn, plain), letter(found, turned)
    assert np.array_equal(one, other)
    assert not np.array_equal(one, one[:, ::-1])


def test_a_stack_run_the_other_way_shows_its_frames_in_the_other_order(case, make_spec):
    made = {"dimension": "3d", "coordinates": "viewing", "prompt": "box"}
    plain = make_spec(**made, slices=(2, 3, 4, 5))
    turned = make_spec(**made, slices=(5, 4, 3, 2), mirrored="frame")
    one, other = render_views(case, [plain, turned], WINDOW)
    assert other.frames == one.frames[::-1]
    places = {(3 - mark.frame, mark.label, mark.box, mark.point) for mark in other.marks}
    assert places == {(mark.frame, mark.label, mark.box, mark.point) for mark in one.marks}
