"""PNG files from anywhere, the colours of marks, and what the frames of an item must show."""

import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.colours import corner_count, is_mark_colour, point_shows, shows
from misground.benchmark.validate.pictures import check_pictures
from misground.benchmark.validate.png import BadPictureError, read_png
from misground.benchmark.validate.record import Context, ItemRecord
from misground.rendering import COLORS

A, B = (tuple(bytes.fromhex(COLORS[label][1:])) for label in "AB")


def png(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, "PNG", **options)
    return file.getvalue()


def pixels_of(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


GREY = png(np.arange(12).reshape(3, 4))


def test_a_grey_picture_is_decoded():
    picture = read_png(GREY, 4, 3)
    assert picture.grey
    assert picture.pixels.tolist() == np.arange(12).reshape(3, 4).tolist()


def test_a_palette_picture_is_decoded_in_colour():
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8))
    image.putpalette([0, 0, 0, 9, 8, 7])
    file = io.BytesIO()
    image.save(file, "PNG")
    picture = read_png(file.getvalue(), 2, 1)
    assert not picture.grey
    assert picture.pixels.tolist() == [[[0, 0, 0], [9, 8, 7]]]


HUGE = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
BAD = {
    "nothing": (b"", "is not a PNG file"),
    "another format": (b"GIF89a" + GREY, "is not a PNG file"),
    "cut at the end": (GREY[:-1], "is truncated"),
    "cut in the middle": (GREY[:40], "is truncated"),
    "without an end": (GREY[:-12], "is truncated"),
    "more after the end": (GREY + b"x", "more than one picture"),
    "a flipped bit": (GREY[:45] + bytes([GREY[45] ^ 1]) + GREY[46:], "checksum"),
    "another size": (png(np.zeros((3, 5))), "is 5 x 3 pixels, expected 4 x 3"),
    "a huge size": (GREY[:8] + HUGE + GREY[33:], "2147483647 x 2147483647"),
    "transparent": (png(np.zeros((3, 4, 4))), "colour type 6"),
    "no header": (GREY[:8] + GREY[33:], "does not start with a header"),
    "text beside the pixels": (GREY[:33] + chunk(b"tEXt", b"Host\0me") + GREY[33:], "tEXt"),
    "no pixels": (GREY[:33] + chunk(b"IEND", b""), "cannot be decoded"),
    "too few pixels": (
        GREY[:33] + chunk(b"IDAT", zlib.compress(b"\0\1")) + chunk(b"IEND", b""), "cannot be decoded",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_picture_is_named_and_not_decoded(data, words):
    with pytest.raises(BadPictureError, match=words):
        read_png(data, 4, 3)


def test_a_picture_of_16_bits_is_refused():
    file = io.BytesIO()
    Image.fromarray(np.zeros((3, 4), dtype=np.uint16)).save(file, "PNG")
    with pytest.raises(BadPictureError, match="of 16 bits"):
        read_png(file.getvalue(), 4, 3)


@pytest.mark.parametrize(
    ("pixel", "ground", "expected"),
    [
        (A, 77, True),
        (B, 0, True),
        ((16, 16, 16), 200, True),
        (tuple(round(0.6 * 100 + 0.4 * c) for c in A), 100, True),
        (tuple(round(16 + 0.5 * (c - 16)) for c in B), 180, True),
        ((120, 120, 120), 100, False),
        ((255, 0, 0), 100, False),
        ((0, 255, 0), 0, False),
    ],
)
def test_colours_that_a_mark_can_have(pixel, ground, expected):
    found = is_mark_colour(np.array([pixel], np.uint8), np.array([ground], np.uint8))
    assert found.tolist() == [expected]


def test_a_colour_is_looked_for_inside_the_box_alone():
    pixels = np.zeros((6, 6, 3), np.uint8)
    pixels[1, 2] = pixels[3, 4] = A
    assert shows(pixels, COLORS["A"], (2, 1, 5, 4))
    assert corner_count(pixels, COLORS["A"], (2, 1, 5, 4)) == 2
    assert not shows(pixels, COLORS["A"], (3, 1, 4, 6))
    assert not shows(pixels, COLORS["B"], (0, 0, 6, 6))
    assert point_shows(pixels, COLORS["A"], (4, 3))
    assert not point_shows(pixels, COLORS["A"], (3, 4))
    assert not point_shows(pixels, COLORS["A"], (4, 66))
    assert not shows(pixels, "no colour", (0, 0, 6, 6))


def with_frames(record, change, chosen):
    """The frames of the views that are `chosen` changed, by their pixels."""
    views = []
    for view in record.views:
        if chosen(view):
            frames = list(view.frames)
            frames[0] = png(change(np.array(pixels_of(frames[0])), view))
            views.append(replace(view, frames=tuple(frames)))
        else:
            views.append(view)
    return ItemRecord(record.rows, tuple(views))


def problems(record, loaded):
    return list(check_pictures(record, loaded.context))


def test_items_as_built_have_no_problem(loaded):
    assert [p for record in loaded.records for p in problems(record, loaded)] == []


def test_a_picture_without_a_prompt_is_grey(loaded):
    record = with_frames(
        loaded.item("in_plane", "2d"),
        lambda pixels, _: np.repeat(pixels[:, :, None], 3, axis=2),
        lambda view: view.prompt == "none",
    )
    assert all(
        "is not greyscale, but nothing is marked in it" in problem for problem in problems(record, loaded)
    )
    assert len(problems(record, loaded)) == 2


def test_a_picture_flipped_in_one_of_the_coordinates(loaded):
    record = with_frames(
        loaded.item("in_plane", "2d"),
        lambda pixels, _: pixels[:, ::-1],
        lambda view: view.prompt == "none" and view.coordinates == "viewing",
    )
    found = problems(record, loaded)
    assert any("shows different pictures in viewing and storage" in problem for problem in found)
    assert any(
        "pixels have neither the unmarked picture's nor a mark's colour" in problem for problem in found
    )


def test_a_stack_flipped_under_every_prompt_of_one_of_the_coordinates(loaded):
    record = with_frames(
        loaded.item("stack_order"), lambda pixels, _: pixels[::-1], lambda view: view.coordinates == "storage"
    )
    (problem,) = problems(record, loaded)
    assert "frame 0 shows different pictures" in problem


def test_something_beside_the_slice_on_a_square_canvas(loaded):
    def lighten(pixels, _):
        pixels[0, 0] = pixels[-1, -1] = 1
        return pixels

    record = with_frames(loaded.item("stack_order"), lighten, lambda _: True)
    assert record.first.plane == "axial"
    x, y, z = loaded.context.case.shape
    narrow = Context(replace(loaded.context.case, shape=(x, y - 4, z)), BuildSettings())
    found = list(check_pictures(record, narrow))
    assert sum("frame 0: is not black around its slice" in problem for problem in found) == 2


def test_a_scan_on_a_blank_canvas(loaded):
    record = loaded.item("in_plane", "2d")
    scan = pixels_of(
        next(v for v in record.views if v.prompt == "none" and v.coordinates == "storage").frames[0]
    )

    def add(_, view):
        marked = np.array(Image.open(io.BytesIO(view.frames[0])).convert("RGB"))
        return np.where(marked.any(axis=2, keepdims=True), marked, scan[:, :, None])

    record = with_frames(record, add, lambda view: view.blank and view.coordinates == "storage")
    assert all("neither the unmarked picture's" in problem for problem in problems(record, loaded))
    assert len(problems(record, loaded)) == 3


@pytest.mark.parametrize("blank", [True, False])
def test_a_mark_that_is_not_drawn(loaded, blank):
    plain = {v.coordinates: v.frames[0] for v in loaded.item("in_plane", "2d").views if v.prompt == "none"}

    def clean(pixels, view):
        return np.zeros((*pixels.shape[:2], 3)) if blank else pixels_of(plain[view.coordinates])

    record = with_frames(
        loaded.item("in_plane", "2d"), clean, lambda view: view.prompt == "mask" and view.blank == blank
    )
    words = "the mask of A" if blank else "is greyscale, but its structures should be marked"
    assert [words in problem for problem in problems(record, loaded)] == [True, True]


@pytest.mark.parametrize("prompt", ["mask", "box", "point"])
def test_marks_drawn_in_each_other_s_colours(loaded, prompt):
    def exchange(_, view):
        pixels = np.array(Image.open(io.BytesIO(view.frames[0])).convert("RGB"))
        is_a, is_b = ((pixels == colour).all(axis=2) for colour in (A, B))
        pixels[is_a], pixels[is_b] = B, A
        return pixels

    record = with_frames(
        loaded.item("in_plane", "2d"), exchange, lambda view: view.blank and view.prompt == prompt
    )
    assert all(f"the {prompt} of A" in problem for problem in problems(record, loaded))
    assert len(problems(record, loaded)) == 2


def test_something_drawn_where_no_structure_shows(loaded):
    record = loaded.item("cross_slice")
    plain = {v.coordinates: v.frames[0] for v in record.views if v.prompt == "none"}
    views = []
    for view in record.views:
        pixels = np.zeros((view.height, view.width)) if view.blank else pixels_of(plain[view.coordinates])
        if view.prompt == "box":
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
            pixels[0, 0] = A
        marks = tuple(mark for mark in view.marks if mark.frame != 0)
        views.append(replace(view, frames=(png(pixels), *view.frames[1:]), marks=marks))
    found = problems(ItemRecord(record.rows, tuple(views)), loaded)
    assert sum("is not greyscale, but nothing is marked" in problem for problem in found) == 2
    assert sum("nothing is marked on its blank canvas" in problem for problem in found) == 2
