"""The marks of one frame with their letters, as one image of inks."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from misground.rendering.glyphs import glyph
from misground.rendering.ink import Ink, solid
from misground.rendering.letters import Occupied, Place, Surroundings, place_letter
from misground.rendering.sections import Section
from misground.rendering.shapes import Marked, Shape, draw_shape, lay
from misground.rendering.style import Label, Style


def draw_marks(
    prompt: Marked, sections: Mapping[Label, Section], style: Style, canvas: tuple[int, int]
) -> Ink:
    """Draw the marks of a frame's sections, given by label, on a canvas of (height, width) pixels."""
    shapes = _shapes(prompt, sections, style, canvas)
    ink = lay(list(shapes.values()), prompt, canvas)
    letters = np.zeros(canvas, dtype=np.bool_)
    for label, around in _surroundings(prompt, sections, shapes, canvas).items():
        free = replace(around, taken=around.taken | letters)
        fitting = _fitting(label, free, style)
        if fitting is not None:
            drawn, place = fitting
            _draw_leader(ink, letters, label, free.taken, place, style.leader)
            x0, y0, x1, y1 = place.box
            letters[y0:y1, x0:x1] = True
            np.copyto(ink[y0:y1, x0:x1], drawn, where=drawn > 0)
    return ink


def first_letter(
    prompt: Marked, sections: Mapping[Label, Section], style: Style, canvas: tuple[int, int]
) -> Place | None:
    """The placement of the letter that `draw_marks` draws first; None if there is no place for it."""
    around = _surroundings(prompt, sections, _shapes(prompt, sections, style, canvas), canvas)
    label = next(iter(sections))
    fitting = _fitting(label, around[label], style)
    return None if fitting is None else fitting[1]


def _shapes(
    prompt: Marked, sections: Mapping[Label, Section], style: Style, canvas: tuple[int, int]
) -> dict[Label, Shape]:
    return {label: draw_shape(prompt, section, label, style, canvas) for label, section in sections.items()}


def _surroundings(
    prompt: Marked, sections: Mapping[Label, Section], shapes: Mapping[Label, Shape], canvas: tuple[int, int]
) -> dict[Label, Surroundings]:
    """The surroundings of each mark's letter, without the other letter."""
    marks = {label: _covered(shape, canvas) for label, shape in shapes.items()}
    interiors = _interiors(prompt, sections, canvas)
    found: dict[Label, Surroundings] = {}
    for label, own in marks.items():
        taken = np.zeros(canvas, dtype=np.bool_)
        for other, mark in marks.items():
            if other != label:
                taken |= mark
        anchor = sections[label].box[:2] if prompt == "box" else sections[label].point
        found[label] = Surroundings(own=own, taken=taken, shunned=interiors, anchor=anchor)
    return found


def _fitting(label: Label, around: Surroundings, style: Style) -> tuple[Ink, Place] | None:
    """A letter at the largest size that fits, and its place; None if no size fits."""
    for size in style.letter_sizes:
        drawn = glyph(label, size, style.letter_rim)
        place = place_letter(around, (drawn.shape[1], drawn.shape[0]), style.letter_reach)
        if place is not None:
            return drawn, place
    return None


def _draw_leader(ink: Ink, letters: Occupied, label: Label, taken: Occupied, place: Place, line: int) -> None:
    height, width = ink.shape
    for x, y in place.leader:
        part = slice(y, min(height, y + line)), slice(x, min(width, x + line))
        free = ~taken[part]
        ink[part][free] = solid(label)
        letters[part] |= free


def _covered(shape: Shape, canvas: tuple[int, int]) -> Occupied:
    """The pixels of the canvas that a shape covers."""
    covered = np.zeros(canvas, dtype=np.bool_)
    covered[shape.window] = shape.ink > 0
    return covered


def _interiors(prompt: Marked, sections: Mapping[Label, Section], canvas: tuple[int, int]) -> Occupied:
    """The inside of every box, where nothing is drawn so that the structure stays visible."""
    inside = np.zeros(canvas, dtype=np.bool_)
    if prompt == "box":
        for section in sections.values():
            x0, y0, x1, y1 = section.box
            inside[y0:y1, x0:x1] = True
    return inside
