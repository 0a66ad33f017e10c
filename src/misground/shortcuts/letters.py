"""On which side of mark A its letter stands: it keeps clear of the other mark, so it might tell where it is.

Views do not record letters. Their place follows from the marks alone where these are boxes or points, and is
found again by the code that draws them; masks are not recorded, so their letters are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from misground.records import Dimension
from misground.rendering.frames import first_letter
from misground.rendering.sections import Section
from misground.rendering.shapes import Marked
from misground.rendering.style import LABELS, STYLES, Label

Side = tuple[int, int]
"""-1, 0 or 1 from left to right, and from top to bottom."""

MEASURED: Final[tuple[Marked, ...]] = ("box", "point")


def letter_sides(
    marks: Sequence[Mapping[str, Any]], dimension: Dimension, canvas: tuple[int, int]
) -> dict[str, Side]:
    """The side of each prompt in `MEASURED`, in the first frame that shows mark A; empty without mark A.

    Args:
        marks: the marks of a view, as it records them.
        dimension: 2d or 3d, which sets the size of marks and letters.
        canvas: (height, width) in pixels.
    """
    frames = [mark["frame"] for mark in marks if mark["label"] == "A"]
    if not frames:
        return {}
    here = {mark["label"]: mark for mark in marks if mark["frame"] == min(frames)}
    sections: dict[Label, Section] = {label: _section(here[label]) for label in LABELS if label in here}
    found: dict[str, Side] = {}
    for prompt in MEASURED:
        place = first_letter(prompt, sections, STYLES[dimension], canvas)
        if place is not None:
            box, own = place.box, sections["A"]
            x, y = own.point if prompt == "point" else _middle(own.box)
            middle = _middle(box)
            found[prompt] = int(np.sign(middle[0] - x)), int(np.sign(middle[1] - y))
    return found


def _section(mark: Mapping[str, Any]) -> Section:
    """What is drawn of a box or a point."""
    x0, y0, x1, y1 = mark["box"]
    return Section((x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), dtype=np.bool_), tuple(mark["point"]))


def _middle(box: tuple[int, int, int, int]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
