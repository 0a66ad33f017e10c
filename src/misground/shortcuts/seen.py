"""What can be read off a view without knowing anatomy: its canvas, its frames, where its marks lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from misground.shortcuts.letters import Side, letter_sides

VIEW_COLUMNS: Final = ("view_id", "dimension", "slices", "width", "height", "mm_per_pixel", "marks")


@dataclass(frozen=True)
class MarkFacts:
    """A marked structure over all frames of a view, as shares of the canvas and of the stack.

    Attributes:
        x: centre of its boxes from the left edge, 0 to 1.
        y: centre of its boxes from the top edge, 0 to 1.
        depth: centre of the frames that show it from the start of the stack, 0 to 1.
        frames: number of frames that show it.
        area: mean area of its boxes, as a share of the canvas.
        color: "#rrggbb".
    """

    x: float
    y: float
    depth: float
    frames: int
    area: float
    color: str


@dataclass(frozen=True)
class Seen:
    """A view without its pictures.

    Attributes:
        width: pixels along a row.
        height: pixels along a column.
        mm_per_pixel: side of a pixel in mm.
        slices: indices of the slices, in display order.
        a: mark A; None if the view has none.
        b: mark B; None if the view has none.
        letters: prompt -> the side of mark A on which its letter stands in the first frame that shows it;
            see `letters.letter_sides`.
    """

    width: int
    height: int
    mm_per_pixel: float
    slices: tuple[int, ...]
    a: MarkFacts | None
    b: MarkFacts | None
    letters: Mapping[str, Side] = field(default_factory=dict)


def seen(view: Mapping[str, Any]) -> Seen:
    """The facts of a view, from a row of VIEW_COLUMNS."""
    width, height, slices = view["width"], view["height"], tuple(view["slices"])
    marks = view["marks"] or ()

    def of(label: str) -> MarkFacts | None:
        own = [mark for mark in marks if mark["label"] == label]
        return mark_facts(own, width, height, len(slices)) if own else None

    sides = letter_sides(marks, view["dimension"], (height, width))
    return Seen(width, height, view["mm_per_pixel"], slices, of("A"), of("B"), sides)


def mark_facts(marks: Sequence[Mapping[str, Any]], width: int, height: int, frames: int) -> MarkFacts:
    """The marks of one structure, at least one, on a canvas of some frames."""
    boxes = [mark["box"] for mark in marks]
    count = len(boxes)
    return MarkFacts(
        x=sum(box[0] + box[2] for box in boxes) / (2 * count * width),
        y=sum(box[1] + box[3] for box in boxes) / (2 * count * height),
        depth=sum(2 * mark["frame"] + 1 for mark in marks) / (2 * count * frames),
        frames=count,
        area=sum((box[2] - box[0]) * (box[3] - box[1]) for box in boxes) / (count * width * height),
        color=str(marks[0]["color"]),
    )
