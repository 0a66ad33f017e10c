"""Marks, and the answers that can be read off them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.benchmark.validate.marks import box_as_viewed, check_marks
from misground.benchmark.validate.on_screen import Seen, check_on_screen, said_on_screen, seen
from misground.benchmark.validate.record import ItemRecord
from misground.benchmark.validate.rows import StoredMark
from misground.coordinates import on_screen, to_screen


def with_mark(record, place=0, view=0, **changes):
    """One mark of one view changed."""
    views = list(record.views)
    marks = list(views[view].marks)
    marks[place] = replace(marks[place], **changes)
    views[view] = replace(views[view], marks=tuple(marks))
    return ItemRecord(record.rows, tuple(views))


@pytest.mark.parametrize("check", [check_marks, check_on_screen])
def test_items_as_built_have_no_problem(loaded, check):
    assert [problem for record in loaded.records for problem in check(record, loaded.context)] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"color": "#ff0000"}, "has color '#ff0000'"),
        ({"label": "C"}, "mark C in frame"),
        ({"structure": "brain"}, "is for brain"),
        ({"frame": 77}, "frame 77: the view has only"),
        ({"frame": -1}, "frame -1: the view has only"),
        ({"box": (5, 5, 5, 9)}, "is empty or outside"),
        ({"box": (9, 5, 5, 9)}, "is empty or outside"),
        ({"box": (-1, 5, 5, 9)}, "is empty or outside"),
        ({"box": (0, 0, 513, 5)}, "is empty or outside"),
        ({"point": (0, 0)}, "is outside its box"),
    ],
)
def test_a_mark_that_cannot_be(loaded, change, words):
    record = loaded.item("in_plane", "2d")
    assert any(words in problem for problem in check_marks(with_mark(record, **change), loaded.context))


def test_the_upper_edges_of_a_box_do_not_belong_to_it(loaded):
    record = loaded.item("in_plane", "2d")
    _, _, x1, y1 = record.views[0].marks[0].box
    for point in ((x1, y1 - 1), (x1 - 1, y1)):
        assert any(
            "outside its box" in p for p in check_marks(with_mark(record, point=point), loaded.context)
        )


def test_a_mark_recorded_twice(loaded):
    record = loaded.item("in_plane", "2d")
    view = replace(record.views[0], marks=(*record.views[0].marks, record.views[0].marks[0]))
    other = ItemRecord(record.rows, (view, *record.views[1:]))
    assert any("is recorded twice" in problem for problem in check_marks(other, loaded.context))


def test_a_structure_without_any_mark(loaded):
    record = loaded.item("in_plane")
    views = tuple(replace(v, marks=tuple(m for m in v.marks if m.label == "A")) for v in record.views)
    problems = list(check_marks(ItemRecord(record.rows, views), loaded.context))
    assert any(f"no frame shows B ({record.first.structure_b})" in problem for problem in problems)


def test_marks_where_no_structure_is_asked(loaded):
    record, marks = loaded.item("stack_order"), loaded.item("in_plane").views[0].marks
    views = tuple(replace(view, marks=marks) for view in record.views)
    assert "is about no structure" in next(check_marks(ItemRecord(record.rows, views), loaded.context))


def moved(record, coordinates, by):
    """All boxes and points of one of the coordinates moved to the right."""
    views = []
    for view in record.views:
        if view.coordinates == coordinates:
            marks = tuple(
                replace(
                    m,
                    box=(m.box[0] + by, m.box[1], m.box[2] + by, m.box[3]),
                    point=(m.point[0] + by, m.point[1]),
                )
                for m in view.marks
            )
            views.append(replace(view, marks=marks))
        else:
            views.append(view)
    return ItemRecord(record.rows, tuple(views))


def test_boxes_are_mirrored_between_the_coordinates(loaded):
    record = loaded.item("in_plane", "2d")
    assert list(check_marks(moved(record, "viewing", 1), loaded.context)) == []
    (problem,) = check_marks(moved(record, "viewing", 2), loaded.context)
    assert "in viewing coordinates" in problem


@given(st.data())
def test_a_box_as_viewed_is_the_box_of_the_turned_picture(data):
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    picture = np.zeros((height, width), dtype=bool)
    picture[y0:y1, x0:x1] = True
    rows, columns = np.nonzero(to_screen(picture, "viewing"))
    expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert box_as_viewed((x0, y0, x1, y1), width, height) == expected


def mark(label, frame, box):
    return StoredMark(label.lower(), label, "#000000", frame, box, (box[0], box[1]))


def test_what_is_seen_is_the_mean_over_frames_of_box_centres():
    marks = [
        mark("A", 0, (0, 0, 2, 2)),
        mark("A", 1, (10, 0, 12, 2)),
        mark("B", 1, (5, 0, 9, 2)),
        mark("B", 2, (5, 4, 9, 6)),
    ]
    assert seen(marks) == Seen(column="left", row="above", frame="earlier")


def test_level_marks_show_no_direction():
    assert seen([mark("A", 0, (0, 0, 3, 2)), mark("B", 0, (1, 5, 2, 7))]) == Seen(None, "above", None)


def test_nothing_is_seen_of_a_structure_without_marks():
    assert seen([mark("A", 0, (0, 0, 3, 2))]) is None


@pytest.mark.parametrize("coordinates", ["storage", "viewing"])
@pytest.mark.parametrize(
    ("plane", "axis", "larger"),
    [
        ("axial", "x", "right"),
        ("axial", "y", "anterior"),
        ("coronal", "x", "right"),
        ("coronal", "z", "superior"),
        ("sagittal", "y", "anterior"),
        ("sagittal", "z", "superior"),
    ],
)
def test_the_table_of_screen_directions_agrees_with_the_coordinates(loaded, plane, axis, larger, coordinates):
    row = loaded.item("in_plane").first
    row = replace(row, plane=plane, axis=axis, coordinates=coordinates, terms="anatomical", answer=larger)
    screen_axis, sign = on_screen(plane, coordinates, axis)
    words = {("row", 1): "below", ("row", -1): "above", ("column", 1): "right", ("column", -1): "left"}
    assert said_on_screen(row, None) == words[screen_axis, sign]


@pytest.mark.parametrize(
    ("answer", "terms", "side", "expected"),
    [
        ("lateral", "anatomical", "right", "below"),
        ("lateral", "anatomical", "left", "above"),
        ("medial", "anatomical", "left", "below"),
        ("towards the inner side of the knee", "lay", "right", "above"),
        ("towards the outer side of the knee", "lay", "left", "above"),
        ("above", "colloquial", "left", "above"),
        ("sideways", "colloquial", None, None),
    ],
)
def test_words_of_a_knee_on_the_screen(loaded, answer, terms, side, expected):
    row = replace(loaded.item("in_plane").first, plane="axial", axis="x", coordinates="storage")
    assert said_on_screen(replace(row, answer=answer, terms=terms), side) == expected


@pytest.mark.parametrize(("backwards", "expected"), [(False, "later"), (True, "earlier")])
def test_words_across_the_slices(loaded, backwards, expected):
    row = replace(loaded.item("cross_slice").first, terms="anatomical", axis="z", stack_reversed=backwards)
    assert said_on_screen(replace(row, answer="superior"), None) == expected


def test_a_frame_with_the_boxes_the_other_way_round(loaded):
    record = loaded.item("in_plane")
    view = record.views[0]
    a = next(m for m in view.marks if m.label == "A")
    b = next(m for m in view.marks if m.label == "B")
    # B's mark beyond A's, as far on the other side as it was on its own.
    beyond = tuple(2 * at_a - at_b for at_a, at_b in zip(a.box, b.box, strict=True))
    marks = (
        *(m for m in view.marks if (m.label, m.frame) != ("B", a.frame)),
        replace(b, frame=a.frame, box=beyond),
    )
    other = ItemRecord(record.rows, (replace(view, marks=marks), *record.views[1:]))
    problems = list(check_on_screen(other, loaded.context))
    assert any(f"in frame {a.frame}, A is not" in problem for problem in problems)
