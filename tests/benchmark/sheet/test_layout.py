import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from misground.benchmark.sheet.layout import (
    INK,
    LONGEST_TEXT,
    RIGHT,
    WHITE,
    answers,
    clean,
    fit,
    in_palette,
    palette,
    paragraph,
    side_by_side,
    stacked,
    text_width,
    wrap,
)
from misground.rendering import COLORS


def test_characters_that_the_font_lacks_become_plain_ones():
    assert clean("Müller · \t x\n中") == "Muller · x ?"


@given(st.text(max_size=900))
def test_cleaned_text_is_short_and_printable(text):
    found = clean(text)
    assert len(found) <= LONGEST_TEXT
    assert all(" " <= c <= "~" or c == "·" for c in found)


@given(st.text(alphabet="abWi .", max_size=120), st.integers(40, 300))
@settings(deadline=None)
def test_lines_are_no_wider_than_asked_and_lose_nothing(text, width):
    lines = wrap(text, 16, width)
    assert all(text_width(line, 16) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_words_that_fit_are_not_broken():
    text = "the position of the liver relative to the spleen"
    lines = wrap(text, 16, 150)
    assert " ".join(lines) == text
    assert len(lines) > 1


def test_a_line_narrower_than_a_letter_still_ends():
    assert wrap("WW", 16, 3) == ("W", "W")


def share(image, color):
    return float((np.asarray(image) == color).all(axis=2).mean())


@pytest.mark.parametrize("right", ["left", "right"])
def test_the_right_answer_alone_is_filled(right):
    image = answers(["left", "right"], right, 16, 300)
    halves = {"left": image.crop((0, 0, 48, image.height)), "right": image.crop((60, 0, 120, image.height))}
    wrong = ({"left", "right"} - {right}).pop()
    assert share(halves[right], RIGHT) > 0.4
    assert share(halves[wrong], RIGHT) == 0


def test_answers_that_are_too_wide_go_to_the_next_line_or_are_cut():
    one = answers(["left", "right"], "left", 16, 300)
    two = answers(["left", "right"], "left", 16, 80)
    assert two.height > one.height
    assert answers(["x" * 300, "right"], "right", 16, 80).size == (80, two.height)


def test_a_picture_is_made_smaller_but_never_larger():
    picture = Image.new("RGB", (512, 256))
    assert fit(picture, 362, 362).size == (362, 181)
    assert fit(picture, 900, 128).size == (256, 128)
    assert fit(picture, 900, 900) is picture
    assert fit(Image.new("RGB", (2_000, 1)), 100, 100).size == (100, 1)


def test_parts_are_put_together_without_a_pixel_lost():
    red, blue = Image.new("RGB", (3, 2), "red"), Image.new("RGB", (1, 4), "blue")
    down = stacked([red, blue], 5)
    assert down.size == (3, 11)
    assert down.getpixel((0, 1)) == (255, 0, 0)
    assert down.getpixel((0, 7)) == (0, 0, 255)
    assert down.getpixel((2, 7)) == WHITE
    across = side_by_side([(0, red), (6, blue)], 10, middle=True)
    assert across.size == (10, 4)
    assert across.getpixel((0, 0)) == WHITE
    assert across.getpixel((0, 1)) == (255, 0, 0)
    assert across.getpixel((6, 3)) == (0, 0, 255)


def test_the_palette_fits_in_a_byte():
    colors = palette().getpalette()
    assert colors is not None
    assert 3 * 128 < len(colors) <= 3 * 256


@pytest.mark.parametrize("color", [WHITE, (0, 0, 0), RIGHT, INK, *COLORS.values()])
def test_the_main_colours_are_kept(color):
    image = Image.new("RGB", (4, 4), color)
    kept = np.asarray(in_palette(image).convert("RGB")).astype(int)
    assert abs(kept - np.asarray(image).astype(int)).max() <= 4
    if color in (WHITE, (0, 0, 0)):
        assert (kept == np.asarray(image)).all()


def test_greys_stay_grey_within_a_step():
    ramp = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (2, 1))).convert("RGB")
    kept = np.asarray(in_palette(ramp).convert("RGB")).astype(int)
    assert abs(kept - np.asarray(ramp).astype(int)).max() <= 6


def test_translucent_marks_keep_their_colour():
    for mark in COLORS.values():
        color = np.frombuffer(bytes.fromhex(mark[1:]), np.uint8)
        greys = np.arange(256)[:, None]
        over = np.round(greys * 0.62 + color * 0.38).astype(np.uint8)[None]
        kept = np.asarray(in_palette(Image.fromarray(over)).convert("RGB")).astype(int)
        assert abs(kept - over).max() <= 16


def test_text_is_drawn_in_its_colour():
    image = paragraph("Where is A?", 16, 200)
    assert image.width == 200
    assert 0.01 < float((np.asarray(image.convert("L")) < 128).mean()) < 0.3
