"""The side of a mark on which its letter stands, found again from the marks."""

from collections.abc import Mapping
from typing import Any

import pytest

from misground.rendering.frames import draw_marks, first_letter
from misground.rendering.ink import solid
from misground.rendering.style import STYLES
from misground.shortcuts.letters import MEASURED, _section, letter_sides


def mark(label: str, box: tuple[int, int, int, int], frame: int = 0) -> Mapping[str, Any]:
    point = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    return {"label": label, "frame": frame, "box": list(box), "point": list(point)}


def test_a_letter_keeps_clear_of_the_other_mark() -> None:
    """Alone it stands above the corner of its box; with the other mark there, elsewhere."""
    own = mark("A", (100, 100, 130, 130))
    alone = letter_sides([own], "2d", (256, 256))["box"]
    x, y = alone
    other = mark("B", (115 + 30 * x - 25, 115 + 30 * y - 25, 115 + 30 * x + 25, 115 + 30 * y + 25))
    assert letter_sides([own, other], "2d", (256, 256))["box"] != alone


def test_the_first_frame_that_shows_a_counts() -> None:
    late = [mark("B", (0, 0, 30, 30), 0), mark("A", (100, 100, 130, 130), 2), mark("B", (60, 60, 99, 99), 2)]
    assert letter_sides(late, "3d", (256, 256)) == letter_sides(late[1:], "3d", (256, 256))
    assert letter_sides(late[:1], "3d", (256, 256)) == {}


@pytest.mark.parametrize("prompt", MEASURED)
def test_it_is_where_the_picture_has_it(prompt: Any) -> None:
    marks = {"A": mark("A", (40, 50, 90, 80)), "B": mark("B", (150, 120, 200, 220))}
    sections: Any = {label: _section(one) for label, one in marks.items()}
    place = first_letter(prompt, sections, STYLES["2d"], (256, 256))
    assert place is not None
    x0, y0, x1, y1 = place.box
    ink = draw_marks(prompt, sections, STYLES["2d"], (256, 256))
    assert (ink[y0:y1, x0:x1] == solid("A")).any()
    alone = draw_marks(prompt, {"A": sections["A"]}, STYLES["2d"], (256, 256))
    assert (alone[y0:y1, x0:x1] > 0).any()
