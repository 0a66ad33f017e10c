"""Inks become pictures without loss, in the smallest mode that holds them."""

import io

import numpy as np
import pytest
from PIL import Image

from misground.rendering.glyphs import glyph
from misground.rendering.ink import FILL_OPACITY, SHADES, blank_png, fill, inked_png, plain_png, shade, solid
from misground.rendering.recent import Recent
from misground.rendering.style import COLORS, LABELS, Label, rgb


def opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))


def test_a_plain_picture_is_grey_and_keeps_every_pixel() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(8, 32)
    image = opened(plain_png(grey))
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image), grey)


@pytest.mark.parametrize("label", LABELS)
def test_inks_over_a_scan_are_opaque_or_let_it_through(label: Label) -> None:
    grey = np.array([[10, 200, 30, 250]], dtype=np.uint8)
    image = opened(inked_png(grey, np.array([[0, solid(label), fill(label), 0]], dtype=np.uint8)))
    assert image.mode == "RGB"
    color = np.array(rgb(COLORS[label]))
    mixed = np.rint(30 * (1 - FILL_OPACITY) + color * FILL_OPACITY)
    assert np.asarray(image)[0].tolist() == [[10] * 3, color.tolist(), mixed.tolist(), [250] * 3]


def test_a_blank_picture_has_the_colours_of_inks_over_a_black_scan() -> None:
    ink = np.arange(1 + fill("B") + SHADES, dtype=np.uint8)[None]
    image = opened(blank_png(ink))
    assert image.mode == "P"
    over_black = opened(inked_png(np.zeros_like(ink), ink))
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), np.asarray(over_black))


def test_all_inks_are_different() -> None:
    inks = {0, *(fill(label) for label in LABELS)}
    inks |= {shade(label, step) for label in LABELS for step in range(SHADES + 1)}
    assert len(inks) == 2 + len(LABELS) * (1 + SHADES)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("size", [10, 14, 20])
def test_a_letter_has_its_full_colour_inside_a_dark_rim(label: Label, size: int) -> None:
    letter = glyph(label, size, rim=1)
    allowed = {0, *(shade(label, step) for step in range(SHADES + 1))}
    assert set(np.unique(letter).tolist()) <= allowed
    assert (letter == solid(label)).any()
    edge = np.concatenate([letter[0], letter[-1], letter[:, 0], letter[:, -1]])
    assert set(np.unique(edge).tolist()) <= {0, shade(label, 0), shade(label, 1)}
    assert size * 0.6 < letter.shape[0] < size * 0.8 + 3


def test_recent_makes_each_value_once_while_it_is_remembered() -> None:
    recent = Recent[str, list[str]](2)
    first = recent.get("a", lambda: ["a"])
    assert recent.get("a", lambda: ["again"]) is first
    recent.get("b", lambda: ["b"])
    recent.get("a", lambda: ["again"])
    recent.get("c", lambda: ["c"])
    assert recent.get("a", lambda: ["again"]) is first
    assert recent.get("b", lambda: ["b, again"]) == ["b, again"]
