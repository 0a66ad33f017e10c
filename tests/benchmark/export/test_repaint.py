"""Letters in finished pictures turned into digits."""

import io

import numpy as np
import pytest
from PIL import Image

from misground.benchmark.export.repaint import repaint
from misground.benchmark.load import open_benchmark
from misground.rendering.glyphs import glyph
from misground.rendering.ink import blank_png, inked_png
from misground.rendering.style import STYLES


def pixels(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))


def drawn(label, size, at, shape=(60, 90)):
    ink = np.zeros(shape, dtype=np.uint8)
    letter = glyph(label, size, STYLES["2d"].letter_rim)
    ink[at[0] : at[0] + letter.shape[0], at[1] : at[1] + letter.shape[1]] = letter
    return ink, letter.shape


@pytest.mark.parametrize("label", ["A", "B"])
@pytest.mark.parametrize("size", STYLES["2d"].letter_sizes)
@pytest.mark.parametrize("blank", [True, False])
def test_a_letter_is_replaced_inside_its_rectangle_and_nowhere_else(label, size, blank) -> None:
    ink, (height, width) = drawn(label, size, (11, 23))
    grey = np.random.default_rng(5).integers(0, 256, ink.shape, dtype=np.uint8)
    png = blank_png(ink) if blank else inked_png(grey, ink)
    found = repaint(png, ["A", "B"], "2d")
    assert found.found == (label,)
    changed = (pixels(png) != pixels(found.png)).any(axis=2)
    outside = changed.copy()
    outside[11 : 11 + height, 23 : 23 + width] = False
    assert changed.any()
    assert not outside.any()


def test_the_two_digits_differ_in_shape_and_colour() -> None:
    plates = []
    for label in ("A", "B"):
        ink, _ = drawn(label, 20, (0, 0))
        plates.append(pixels(repaint(blank_png(ink), [label], "2d").png))
    assert (plates[0].max(axis=2) > 100).sum() != (plates[1].max(axis=2) > 100).sum()
    orange, blue = (plate.reshape(-1, 3).max(axis=0) for plate in plates)
    assert orange[0] > orange[2]
    assert blue[2] > blue[0]


def test_a_picture_without_the_letter_is_returned_as_it_is() -> None:
    png = blank_png(np.zeros((40, 40), dtype=np.uint8))
    assert repaint(png, ["A", "B"], "3d").png is png


def test_a_letter_with_one_pixel_changed_is_not_taken_for_the_letter() -> None:
    ink, _ = drawn("A", 20, (5, 5))
    spot = np.argwhere(ink > 0)[7]
    ink[tuple(spot)] = 0
    assert repaint(blank_png(ink), ["A"], "2d").found == ()


def test_a_picture_too_small_for_a_letter_has_none() -> None:
    assert repaint(blank_png(np.zeros((3, 3), dtype=np.uint8)), ["A"], "2d").found == ()


def test_every_letter_of_a_real_benchmark_is_found_and_none_is_left(small_benchmark) -> None:
    benchmark = open_benchmark(small_benchmark)
    count = 0
    for view in benchmark.views(list(benchmark.view_index)):
        if view["prompt"] == "none":
            continue
        for frame in sorted({mark["frame"] for mark in view["marks"]})[:6]:
            labels = [mark["label"] for mark in view["marks"] if mark["frame"] == frame]
            found = repaint(view["frames"][frame]["bytes"], labels, view["dimension"])
            assert sorted(found.found) == sorted(labels)
            assert repaint(found.png, ["A", "B"], view["dimension"]).found == ()
            count += len(labels)
    assert count > 200
