"""Marks with their letters: the letters leave the marks and each other as they are."""

from collections.abc import Mapping
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from misground.records import DIMENSIONS, Dimension
from misground.rendering.frames import draw_marks
from misground.rendering.glyphs import glyph
from misground.rendering.ink import Ink, solid
from misground.rendering.sections import Section
from misground.rendering.shapes import Marked, draw_shape, lay
from misground.rendering.style import LABELS, STYLES, Label

CANVAS = (120, 150)
PROMPTS = get_args(Marked)

# Two blocks of a label map; the second may enclose the first or be cut by it.
Block = tuple[int, int, int, int]
blocks = st.tuples(st.integers(0, 149), st.integers(0, 119), st.integers(1, 60), st.integers(1, 50))


def sections_of(labels: NDArray[np.int_]) -> dict[Label, Section]:
    sections: dict[Label, Section] = {}
    for value, label in enumerate(LABELS, start=1):
        ys, xs = np.nonzero(labels == value)
        if ys.size:
            y, x = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
            box = (x.start, y.start, x.stop, y.stop)
            sections[label] = Section(
                box, labels[y, x] == value, (int(xs[ys.size // 2]), int(ys[ys.size // 2]))
            )
    return sections


def without_letters(prompt: Marked, sections: Mapping[Label, Section], dimension: Dimension) -> Ink:
    style = STYLES[dimension]
    shapes = [draw_shape(prompt, section, label, style, CANVAS) for label, section in sections.items()]
    return lay(shapes, prompt, CANVAS)


def solid_pixels_of_letter(label: Label, dimension: Dimension) -> int:
    style = STYLES[dimension]
    return int((glyph(label, style.letter_sizes[0], style.letter_rim) == solid(label)).sum())


@settings(max_examples=60, deadline=None)
@given(second=blocks, first=blocks, prompt=st.sampled_from(PROMPTS), dimension=st.sampled_from(DIMENSIONS))
@example(first=(75, 50, 2, 2), second=(75, 58, 2, 2), prompt="mask", dimension="2d")
def test_letters_and_lines_leave_every_mark_as_it_is_and_each_other_legible(
    first: Block, second: Block, prompt: Marked, dimension: Dimension
) -> None:
    labels = np.zeros(CANVAS, dtype=int)
    for value, (x, y, width, height) in ((2, second), (1, first)):
        labels[y : y + height, x : x + width] = value
    sections = sections_of(labels)
    marks = without_letters(prompt, sections, dimension)
    ink = draw_marks(prompt, sections, STYLES[dimension], CANVAS)
    np.testing.assert_array_equal(ink[marks > 0], marks[marks > 0])
    for label in sections:
        letter = (ink == solid(label)) & (marks == 0)
        assert letter.sum() >= solid_pixels_of_letter(label, dimension)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_an_enclosed_mask_is_joined_to_its_letter_by_a_line(dimension: Dimension) -> None:
    labels = np.zeros(CANVAS, dtype=int)
    labels[30:90, 40:110] = 2
    labels[58:62, 70:75] = 1
    sections = sections_of(labels)
    ink = draw_marks("mask", sections, STYLES[dimension], CANVAS)
    marks = without_letters("mask", sections, dimension)
    np.testing.assert_array_equal(ink[marks > 0], marks[marks > 0])
    # The line ends at the letter's rectangle, which the letter does not fill to its corners.
    free = ndimage.binary_dilation(ink > 0, iterations=2) & (marks == 0)
    drawn, _ = ndimage.label(free, structure=np.ones((3, 3)))
    (letter,) = np.unique(drawn[(ink == solid("A")) & (marks == 0)])
    ys, xs = np.nonzero(drawn == letter)
    # From the border to the enclosing mask, under which the line goes on unseen.
    assert ys.min() == 0 or xs.min() == 0 or ys.max() == CANVAS[0] - 1 or xs.max() == CANVAS[1] - 1
    around = ndimage.binary_dilation(labels == 2)
    assert around[ys, xs].any()


def test_a_smaller_letter_is_taken_where_the_full_one_does_not_fit() -> None:
    inside = np.ones((4, 4), dtype=np.bool_)
    sections: dict[Label, Section] = {"A": Section((20, 2, 24, 6), inside, (22, 4))}
    style = STYLES["2d"]
    full, smaller = (glyph("A", size, style.letter_rim) for size in style.letter_sizes)
    ink = draw_marks("mask", sections, style, (smaller.shape[0], 60))
    assert smaller.shape[0] < full.shape[0]
    ink[2:6, 20:24] = 0
    ys, xs = np.nonzero(ink)
    assert ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].shape == smaller.shape
