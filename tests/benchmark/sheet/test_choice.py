from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.benchmark.sheet.choice import FRAMES, arrange, choose_frames, choose_items

PLANES = ("axial", "coronal", "sagittal")


def item(name, modality="ct", dimension="2d", task="in_plane", plane="axial", case="c", pair=("a", "b")):
    return {
        "item_id": name, "modality": modality, "dimension": dimension, "task": task, "plane": plane,
        "case_id": case, "structure_a": pair[0], "structure_b": pair[1],
    }  # fmt: skip


def names(items):
    return [row["item_id"] for row in items]


def mark(frame, label):
    return {"frame": frame, "label": label, "box": [0, 0, 2, 2], "point": [1, 1]}


def test_one_item_of_each_kind_in_a_fixed_order():
    rows = [
        item(f"{dimension} {task} {plane} {n}", dimension=dimension, task=task, plane=plane)
        for n in range(2)
        for dimension, task in (("3d", "stack_order"), ("3d", "in_plane"), ("2d", "in_plane"))
        for plane in reversed(PLANES)
    ]
    kinds = ("2d in_plane", "3d in_plane", "3d stack_order")
    assert names(choose_items(rows)) == [f"{kind} {plane} 0" for kind, plane in product(kinds, PLANES)]


def test_modalities_take_turns_and_stand_in_for_each_other():
    rows = [
        item(f"{m} {p}", m, plane=p) for m in ("mri", "ct") for p in PLANES if (m, p) != ("mri", "coronal")
    ]
    assert names(choose_items(rows)) == ["ct axial", "ct coronal", "ct sagittal"]
    rows.append(item("mri coronal", "mri", plane="coronal"))
    assert names(choose_items(rows)) == ["ct axial", "mri coronal", "ct sagittal"]


def test_cases_then_structures_that_were_not_shown_yet_come_first():
    rows = [
        item("1", case="c1", pair=("a", "b")),
        item("2", plane="coronal", case="c1", pair=("x", "y")),
        item("3", plane="coronal", case="c2", pair=("a", "b")),
        item("4", plane="coronal", case="c2", pair=("a", "x")),
    ]
    assert names(choose_items(rows)) == ["1", "4"]


def test_nothing_is_chosen_from_nothing():
    assert choose_items([]) == []


def test_cells_hold_the_terms_of_one_picture_and_stand_in_the_order_of_the_factors():
    rows = [
        {"item_id": i, "condition": c, "coordinates": k, "prompt": p, "terms": t, "view_id": f"{i}{c}{k}{p}"}
        for i, c, t, p, k in product(
            "ij", ("image", "blank"), ("anatomical", "colloquial"), ("box", "none"), ("viewing", "storage")
        )
    ]
    shown = arrange(rows, ["j", "missing", "i"])
    assert [item.facts["item_id"] for item in shown] == ["j", "i"]
    cells = shown[0].of("image")
    assert [(cell.coordinates, cell.prompt) for cell in cells] == [
        ("storage", "none"), ("storage", "box"), ("viewing", "none"), ("viewing", "box"),
    ]  # fmt: skip
    assert all([row["terms"] for row in cell.questions] == ["anatomical", "colloquial"] for cell in cells)
    found = shown[0].cell("blank", "viewing", "box")
    assert found is not None
    assert found.view_id == "jblankviewingbox"
    assert shown[0].cell("text_only", "viewing", "none") is None


def test_frames_of_a_stack_without_marks_are_the_middles_of_equal_parts():
    assert choose_frames(32, []) == [4, 12, 20, 28]
    assert choose_frames(3, []) == [0, 1, 2]
    assert choose_frames(1, []) == [0]


def test_frames_are_the_ends_and_the_middles_of_a_and_b():
    marks = [mark(frame, "A") for frame in range(3, 10)] + [mark(frame, "B") for frame in (20, 22, 27)]
    assert choose_frames(32, marks) == [0, 6, 22, 31]


def test_the_middle_of_what_shows_both_comes_before_a_far_frame():
    marks = [mark(frame, "A") for frame in range(10, 21)] + [mark(frame, "B") for frame in range(15, 20)]
    assert choose_frames(32, marks) == [0, 15, 17, 31]
    only_b_is_wide = [mark(12, "A"), mark(12, "B")]
    assert choose_frames(32, only_b_is_wide) == [0, 12, 21, 31]


@given(st.integers(1, 40), st.data())
def test_frames_are_distinct_in_order_and_show_a_and_b(count, data):
    frame_sets = st.sets(st.integers(0, count - 1), min_size=1)
    shown = {label: data.draw(frame_sets, label=label) for label in "AB"}
    frames = choose_frames(count, [mark(frame, label) for label in "AB" for frame in shown[label]])
    assert frames == sorted(set(frames))
    assert len(frames) == min(FRAMES, count)
    assert {0, count - 1} <= set(frames) <= set(range(count))
    assert all(shown[label] & set(frames) for label in "AB")


@pytest.mark.parametrize("count", range(1, 41))
def test_frames_without_marks_are_distinct(count):
    frames = choose_frames(count, [])
    assert frames == sorted(set(frames))
    assert len(frames) == min(FRAMES, count)
