"""The parts of a contact sheet: the heading of an item, a picture with its questions, a text card."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from misground.benchmark.picture import checked_png
from misground.benchmark.sheet.choice import FRAMES, Cell, Row, ShownItem, choose_frames
from misground.benchmark.sheet.layout import (
    GREY,
    INK,
    RULE,
    answers,
    chip,
    clean,
    fit,
    framed,
    paragraph,
    side_by_side,
    stacked,
    text_width,
)
from misground.errors import UsageError
from misground.questions.names import structure_names
from misground.rendering import COLORS

TOWARDS: Final = {"x": "the patient's right", "y": "anterior", "z": "superior"}
_FRAME_GAP: Final = 3


@dataclass(frozen=True)
class Look:
    """Sizes in pixels; `texts` says whether each picture carries its question or only the answers."""

    width: int
    margin: int
    gap: int
    slice_width: int
    text: int
    small: int
    lead: int
    head: int
    section: int
    title: int
    texts: bool

    @property
    def inner(self) -> int:
        """Width within the margins."""
        return self.width - 2 * self.margin

    @property
    def stack_width(self) -> int:
        """Width of the frames of a stack: that of two slices and the gap between them."""
        return 2 * self.slice_width + self.gap

    def cell_width(self, item: ShownItem) -> int:
        """Width of a picture of the item."""
        return self.stack_width if item.facts["dimension"] == "3d" else self.slice_width


FULL: Final = Look(3200, 40, 32, 362, 16, 14, 22, 24, 36, 60, texts=True)
COMPACT: Final = Look(1624, 40, 32, 362, 21, 17, 21, 27, 32, 46, texts=False)


def item_head(item: ShownItem, look: Look, width: int, *, texts: Sequence[str] = ()) -> Image.Image:
    """The structures asked about, the facts that determine the answers, and `texts`."""
    facts = item.facts
    parts: list[tuple[int, Image.Image]] = []
    x = 0
    for image in _title(item, look):
        parts.append((x, image))
        x += image.width + look.gap // 4
    known = _facts(facts)
    room = width - x - look.gap
    if text_width(known, look.small) <= room:
        parts.append((x + look.gap // 2, paragraph(known, look.small, room, GREY)))
        rows = [side_by_side(parts, width, middle=True)]
    else:
        rows = [side_by_side(parts, width, middle=True), paragraph(known, look.small, width, GREY)]
    rows += [paragraph(text, look.text, width) for text in texts]
    rule = Image.new("RGB", (width, 2), RULE)
    return stacked([rule, *rows], look.gap // 3, width)


def _title(item: ShownItem, look: Look) -> list[Image.Image]:
    facts = item.facts
    if facts["structure_a"] is None or facts["structure_b"] is None:
        title = "In which order are the slices?" if facts["task"] == "stack_order" else "Which plane is it?"
        return [_words(title, look.head, INK)]
    names = structure_names(item.questions)
    a, b = (names[facts[name]][:60] for name in ("structure_a", "structure_b"))
    return [
        chip("A", COLORS["A"], look.head),
        _words(a, look.head, INK),
        _words("relative to", look.text, GREY),
        chip("B", COLORS["B"], look.head),
        _words(b, look.head, INK),
    ]


def _facts(facts: Row) -> str:
    parts = [facts["modality"], facts["case_id"][:60], facts["plane"], facts["dimension"], facts["task"]]
    evidence = facts["evidence"]
    if evidence is not None and facts["axis"] is not None:
        axis = facts["axis"]
        parts.append(
            f"A - B = {evidence['delta_mm']:+.0f} mm along {axis} (+ is towards {TOWARDS.get(axis, axis)})"
        )
        parts.append(f"P(A > B) = {evidence['p_a_greater']:.3f}")
    if facts["stack_reversed"] is not None:
        parts.append(
            "slices from high to low index" if facts["stack_reversed"] else "slices from low to high index"
        )
    return " · ".join(parts)


def picture(item: ShownItem, cell: Cell, view: dict[str, Any], look: Look) -> Image.Image:
    """A slice, or some frames of a stack, below a line with its factors."""
    width = look.cell_width(item)
    shown = _strip(view, look) if item.facts["dimension"] == "3d" else fit(decode(view, 0), width, width)
    factors = [cell.coordinates, cell.prompt]
    if cell.condition != "image":
        factors.insert(0, cell.condition)
    if cell.probe is not None:
        factors.append(f"probe: {cell.probe}")
    if look.texts:
        factors = [item.facts["modality"], item.facts["plane"], *factors]
    return stacked([_words(" · ".join(factors), look.small, GREY), shown], 6, width)


def _strip(view: dict[str, Any], look: Look) -> Image.Image:
    """Some frames of a stack side by side, with their numbers."""
    count = len(view["frames"])
    room = (look.stack_width - (FRAMES - 1) * _FRAME_GAP) // FRAMES
    columns = []
    x = 0
    for place, frame in enumerate(choose_frames(count, view["marks"] or ())):
        shown = fit(decode(view, frame), room, 2 * room)
        number = _words(f"{frame + 1} of {count}" if place == 0 else f"{frame + 1}", look.small, GREY)
        column = stacked([shown, number], 3)
        columns.append((x, column))
        x += column.width + _FRAME_GAP
    return side_by_side(columns, look.stack_width)


def decode(view: dict[str, Any], frame: int) -> Image.Image:
    """One frame as an RGB picture. Raises UsageError unless it is a plain PNG of the recorded size."""
    content = view["frames"][frame]["bytes"]
    found = f"view {view['view_id']} frame {frame}"
    checked_png(content, view["width"], view["height"], found)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise UsageError(f"{found} is not a readable PNG: run `misground validate`") from error


def captions(questions: Sequence[Row], look: Look, width: int, *, texts: bool) -> Image.Image:
    """The questions in each kind of terms, with the options; the correct one is highlighted."""
    parts: list[Image.Image] = []
    for row in questions:
        if texts:
            parts.append(paragraph(row["text"], look.text, width))
        label = _words(row["terms"], look.small, GREY)
        wide = _terms_width(look)
        pills = answers(row["options"], row["answer"], look.text, width - wide)
        parts.append(side_by_side([(0, label), (wide, pills)], width, middle=True))
    return stacked(parts, 6, width)


def _terms_width(look: Look) -> int:
    return text_width("anatomical", look.small) + look.gap // 2


def text_card(item: ShownItem, questions: Sequence[Row], look: Look, width: int) -> Image.Image:
    """Text-only questions on a card."""
    pad = look.gap // 2
    facts = " · ".join(item.facts[name] for name in ("modality", "plane", "dimension", "task"))
    inside = stacked(
        [_words(facts, look.small, GREY), captions(questions, look, width - 2 * pad, texts=True)], 6
    )
    return framed(inside, pad, width)


def _words(text: str, size: int, color: tuple[int, int, int]) -> Image.Image:
    """One line of text, at its own width."""
    line = clean(text)
    return paragraph(line, size, text_width(line, size) + 4, color)
