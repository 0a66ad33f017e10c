"""The record of marks, held against the pixels of the pictures."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from misground.anatomy import PLANES
from misground.coordinates import canvas, plane_slice, to_screen
from misground.records import COORDINATES, PROMPTS, Case, View, ViewSpec
from misground.rendering import COLORS, render_views
from misground.rendering.style import LABELS, rgb

WINDOW = (-160.0, 240.0)
SLICES = {"axial": (7, 3, 5, 0), "coronal": (10, 5, 12, 0), "sagittal": (16, 4, 18, 0)}


def drawn(case: Case, *specs: ViewSpec) -> list[View]:
    return render_views(case, specs, WINDOW)


def near(pixels: NDArray[np.uint8], color: str) -> NDArray[np.bool_]:
    return (pixels == np.array(rgb(color))).all(axis=2)


@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("plane", PLANES)
def test_marks_are_the_same_under_every_prompt_and_equal_the_nearest_scaled_labels(
    case, make_spec, plane, coordinates
) -> None:
    slices = SLICES[plane]
    views = drawn(
        case,
        *(
            make_spec(
                dimension="3d",
                plane=plane,
                slices=slices,
                coordinates=coordinates,
                prompt=prompt,
                blank=blank,
            )
            for prompt in PROMPTS
            for blank in (False, True)
        ),
    )
    marks = views[0].marks
    assert all(view.marks == marks for view in views)
    assert [(m.frame, m.label) for m in marks] == sorted((m.frame, m.label) for m in marks)
    assert {m.label: (m.structure, m.color) for m in marks} == {
        "A": ("spleen", COLORS["A"]),
        "B": ("liver", COLORS["B"]),
    }
    grid = canvas(plane, coordinates, case.facts.shape, case.facts.spacing_mm, 256)
    by_place = {(m.frame, m.label): m for m in marks}
    for frame, index in enumerate(slices):
        native = to_screen(plane_slice(case.labels, plane, index), coordinates)
        shown = native[np.ix_(grid.row_voxels(), grid.column_voxels())]
        for value, label in enumerate(LABELS, start=1):
            assert ((frame, label) in by_place) == bool((native == value).any())
            if (shown == value).any():
                ys, xs = np.nonzero(shown == value)
                mark = by_place[frame, label]
                assert mark.box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
                assert shown[mark.point[1], mark.point[0]] == value


def test_a_view_without_structures_has_no_marks(case, make_spec) -> None:
    (view,) = drawn(case, make_spec(structures=(), dimension="3d", slices=(1, 2)))
    assert view.marks == ()


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("dimension", ["2d", "3d"])
@pytest.mark.parametrize("pair", [("spleen", "liver"), ("liver", "stomach"), ("stomach", "spleen")])
def test_the_drawn_boxes_are_the_recorded_ones(
    case, make_spec, decode, dimension, coordinates, blank, pair
) -> None:
    spec = make_spec(
        dimension=dimension,
        slices=(5,),
        coordinates=coordinates,
        prompt="box",
        blank=blank,
        structures=pair,
    )
    (view,) = drawn(case, spec)
    assert len(view.marks) == 2
    for mark in view.marks:
        own = near(decode(view.frames[0]), mark.color)
        x0, y0, x1, y1 = mark.box
        assert own[[y0, y0 + 1, y1 - 2, y1 - 1], x0:x1].all()
        assert own[y0:y1, [x0, x0 + 1, x1 - 2, x1 - 1]].all()


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("dimension", ["2d", "3d"])
def test_the_drawn_dots_are_centred_at_the_recorded_points(
    case, make_spec, decode, dimension, coordinates, blank
) -> None:
    spec = make_spec(dimension=dimension, slices=(5,), coordinates=coordinates, prompt="point", blank=blank)
    (view,) = drawn(case, spec)
    radius = {"2d": 4, "3d": 3}[dimension]
    assert len(view.marks) == 2
    for mark in view.marks:
        own = near(decode(view.frames[0]), mark.color)
        x, y = mark.point
        dot = own[y - radius - 1 : y + radius + 2, x - radius - 1 : x + radius + 2]
        assert dot[radius + 1, 1:-1].all()
        assert dot[1:-1, radius + 1].all()
        assert not dot[0].any()
        assert not dot[:, -1].any()


@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("pair", [("spleen", "liver"), ("liver", "stomach")])
def test_a_mask_colours_its_structure_and_no_pixel_of_the_other(
    case, make_spec, decode, coordinates, pair
) -> None:
    plain_spec = make_spec(slices=(5,), coordinates=coordinates, structures=pair)
    plain, marked = drawn(case, plain_spec, replace(plain_spec, prompt="mask"))
    grey, pixels = (decode(view.frames[0]).astype(int) for view in (plain, marked))
    native = to_screen(plane_slice(case.labels, "axial", 5), coordinates)
    grid = canvas("axial", coordinates, case.facts.shape, case.facts.spacing_mm, 512)
    shown = native[np.ix_(grid.row_voxels(), grid.column_voxels())]
    keys = [structure.key for structure in case.structures]
    for key, label in zip(pair, LABELS, strict=True):
        inside = shown == keys.index(key) + 1
        color = np.array(rgb(COLORS[label]))
        filled = np.abs(pixels - np.rint(grey * 0.62 + color * 0.38)).max(axis=2) == 0
        assert (filled | near(pixels.astype(np.uint8), COLORS[label]))[inside].all()
        assert filled[inside].any()


def letters_of(view: View, plain: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Changed pixels that lie in no mark's box."""
    outside = (pixels != plain).any(axis=2)
    for mark in view.marks:
        x0, y0, x1, y1 = mark.box
        outside[y0:y1, x0:x1] = False
    return outside


@pytest.mark.parametrize("prompt", ["mask", "box"])
def test_each_mark_has_its_letter_outside_its_box_where_there_is_room(
    case, make_spec, decode, prompt
) -> None:
    spec = make_spec(slices=(5,), prompt=prompt, blank=True)
    (view,) = drawn(case, spec)
    pixels = decode(view.frames[0])
    letters = letters_of(view, np.zeros_like(pixels), pixels)
    for mark in view.marks:
        ys, xs = np.nonzero(letters & near(pixels, mark.color))
        assert ys.size >= 20
        assert xs.max() - xs.min() < 16
        assert ys.max() - ys.min() < 18
        x0, y0, x1, y1 = mark.box
        assert x0 - 24 < xs.min() < xs.max() < x1 + 24
        assert y0 - 24 < ys.min() < ys.max() < y1 + 24


def test_a_canvas_too_narrow_for_letters_is_drawn_without_them(make_case, make_spec, decode) -> None:
    labels = np.zeros((200, 2, 1), dtype=np.uint8)
    labels[20:60] = 1
    labels[100:140] = 2
    (view,) = drawn(make_case(labels), make_spec(prompt="mask", blank=True))
    pixels = decode(view.frames[0])
    assert (view.width, view.height) == (5, 512)
    assert not letters_of(view, np.zeros_like(pixels), pixels).any()
