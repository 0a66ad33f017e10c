"""Views: canvases, picture modes, scaling, and equal input giving equal bytes."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from misground.anatomy import PLANES, slice_axis_index
from misground.coordinates import LONGER_SIDE, canvas
from misground.records import COORDINATES, PROMPTS, Case, View, ViewSpec
from misground.rendering import render_views

WINDOW = (-160.0, 240.0)
MARKED = ("mask", "box", "point")


def drawn(case: Case, *specs: ViewSpec) -> list[View]:
    return render_views(case, specs, WINDOW)


@pytest.mark.parametrize("dimension", ["2d", "3d"])
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_every_prompt_and_the_blank_have_the_same_canvas(
    case, make_spec, decode, dimension, plane, coordinates
) -> None:
    slices = (6,) if dimension == "2d" else (9, 5, 1)
    specs = [
        make_spec(
            dimension=dimension,
            plane=plane,
            slices=slices,
            coordinates=coordinates,
            prompt=prompt,
            blank=blank,
        )
        for prompt in PROMPTS
        for blank in (False, True)
    ]
    expected = canvas(plane, coordinates, case.facts.shape, case.facts.spacing_mm, LONGER_SIDE[dimension])
    assert max(expected.width, expected.height) == {"2d": 512, "3d": 256}[dimension]
    for view in drawn(case, *specs):
        assert (view.width, view.height) == (expected.width, expected.height)
        assert view.mm_per_pixel == expected.mm_per_pixel
        assert len(view.frames) == len(slices)
        for frame in view.frames:
            assert decode(frame).shape == (view.height, view.width, 3)


def test_a_picture_is_grey_where_nothing_is_marked_and_coloured_where_something_is(case, make_spec) -> None:
    frames = (6, 0)  # both structures, and the ring alone
    plain, marked, blank = drawn(
        case,
        *(
            make_spec(dimension="3d", slices=frames, prompt=p, blank=b)
            for p, b in (("none", False), ("box", False), ("box", True))
        ),
    )
    modes = [[Image.open(io.BytesIO(f)).mode for f in view.frames] for view in (plain, marked, blank)]
    assert modes == [["L", "L"], ["RGB", "L"], ["P", "L"]]
    assert marked.frames[1] == plain.frames[1]


def test_the_scan_is_windowed_and_scaled_about_pixel_centres(make_case, make_spec, decode) -> None:
    case = make_case(np.zeros((64, 128, 2), dtype=np.uint8))
    scan = np.zeros(case.facts.shape, dtype=np.float32)
    scan[...] = np.linspace(-200, 280, 128)[None, :, None]
    (view,) = drawn(replace(case, scan=scan), make_spec())
    pixels = decode(view.frames[0])[:, :, 0].astype(int)
    assert pixels.shape == (256, 512)
    positions = (np.arange(512) + 0.5) / 4 - 0.5
    expected = np.interp(positions, np.arange(128), np.clip((scan[0, :, 0] + 160) / 400, 0, 1) * 255)
    assert np.abs(pixels - expected).max() <= 1


@pytest.mark.parametrize("shape", [(24, 20, 12), (16, 63, 31), (1, 7, 64)])
def test_a_view_of_no_structure_is_square_whatever_its_plane(make_case, make_spec, decode, shape) -> None:
    case = make_case(np.zeros(shape, dtype=np.uint8), (2.0, 2.5, 4.0))
    case = replace(case, scan=np.full(shape, 1000, dtype=np.int16))
    for plane in PLANES:
        storage, viewing = drawn(
            case,
            *(make_spec(dimension="3d", plane=plane, coordinates=c, structures=()) for c in COORDINATES),
        )
        assert {(view.width, view.height) for view in (storage, viewing)} == {(256, 256)}
        inner = canvas(plane, "storage", case.facts.shape, case.facts.spacing_mm, 256)
        assert storage.mm_per_pixel == viewing.mm_per_pixel == inner.mm_per_pixel
        stored, viewed = (decode(view.frames[0])[:, :, 0] for view in (storage, viewing))
        top, left = (256 - inner.height) // 2, (256 - inner.width) // 2
        expected = np.zeros((256, 256), dtype=np.uint8)
        expected[top : top + inner.height, left : left + inner.width] = 255
        assert np.array_equal(stored, expected)
        assert np.array_equal(viewed, stored.T[::-1, ::-1])


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_a_picture_coarser_than_the_voxels_is_not_shifted(
    make_case, make_spec, decode, plane, coordinates
) -> None:
    labels = np.zeros((400, 301), dtype=np.uint8)
    labels[80:181, 60:120] = 1
    labels = np.expand_dims(labels, slice_axis_index(plane))
    case = make_case(labels)
    case = replace(case, scan=np.where(labels == 1, 240, -160).astype(np.int16))
    (view,) = drawn(case, make_spec(dimension="3d", plane=plane, coordinates=coordinates))
    bright = decode(view.frames[0])[:, :, 0] > 127
    ys, xs = np.nonzero(bright)
    box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert np.abs(np.subtract(box, view.marks[0].box)).max() <= 1


def test_a_view_is_the_same_alone_and_among_others_in_any_order(case, make_spec) -> None:
    specs = [
        make_spec(dimension=d, plane=p, slices=s, coordinates=c, prompt=prompt, blank=b, structures=pair)
        for d, s in (("2d", (5,)), ("3d", (2, 5, 8)), ("3d", (8, 5, 2)))
        for p in ("axial", "sagittal")
        for c in COORDINATES
        for prompt in ("none", "mask")
        for b in (False, True)
        for pair in (("spleen", "liver"), ("liver", "spleen"))
    ]
    together = drawn(case, *specs)
    assert together[::-1] == drawn(case, *specs[::-1])
    assert [drawn(case, spec)[0] for spec in specs[::7]] == together[::7]


def test_memory_layout_and_number_type_change_nothing(case, make_spec) -> None:
    specs = [
        make_spec(dimension="3d", plane=plane, slices=(3, 6), prompt=prompt)
        for plane in PLANES
        for prompt in ("none", "mask")
    ]
    flipped = replace(
        case,
        scan=np.asfortranarray(case.scan[::-1].astype(np.float32))[::-1],
        labels=case.labels.transpose(2, 0, 1).copy().transpose(1, 2, 0).astype(np.uint16),
    )
    assert drawn(case, *specs) == drawn(flipped, *specs)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"structures": ("spleen", "heart")}, "heart"),
        ({"structures": ("spleen",)}, "expected none or two"),
        ({"slices": (12,)}, r"outside 0\.\.11"),
        ({"slices": (-1,)}, r"outside 0\.\.11"),
        ({"case_id": "other"}, "other"),
    ],
)
def test_what_the_case_cannot_show_is_a_programming_error(case, make_spec, fields, message) -> None:
    with pytest.raises(ValueError, match=message):
        drawn(case, make_spec(**fields))
