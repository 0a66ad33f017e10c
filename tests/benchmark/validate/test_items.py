"""The checks of one item's words, facts, ids and slices, on frozen records with one thing changed."""

from dataclasses import replace

import pytest

from misground.anatomy import structure_table
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.answers import check_answers
from misground.benchmark.validate.crossing import check_crossing, combinations
from misground.benchmark.validate.ids import check_ids
from misground.benchmark.validate.record import Context, ItemRecord, rebuilt
from misground.benchmark.validate.shared_frames import check_shared_frames
from misground.benchmark.validate.stacks import check_stacks
from misground.benchmark.validate.texts import check_leaks, check_texts
from misground.questions import cross, item_id
from misground.questions.stacks import stack_slices


def with_rows(record, **changes):
    return ItemRecord(tuple(replace(row, **changes) for row in record.rows), record.views)


def with_row(record, place, **changes):
    rows = list(record.rows)
    rows[place] = replace(rows[place], **changes)
    return ItemRecord(tuple(rows), record.views)


def with_slices(record, slices):
    return ItemRecord(record.rows, tuple(replace(view, slices=slices) for view in record.views))


CHECKS = [
    check_answers,
    check_crossing,
    check_ids,
    check_leaks,
    check_shared_frames,
    check_stacks,
    check_texts,
]


@pytest.mark.parametrize("check", CHECKS)
def test_items_as_built_have_no_problem(loaded, check):
    assert [problem for record in loaded.records for problem in check(record, loaded.context)] == []


def test_an_item_is_rebuilt_from_its_rows(loaded):
    for record in loaded.records:
        item = rebuilt(record, loaded.context.case)
        names = {"liver": "liver", "spleen": "spleen", "heart": "heart", "urinary_bladder": "urinary bladder"}
        assert [q.question_id for q in cross(item, names)] == [row.question_id for row in record.rows]


@pytest.mark.parametrize(
    ("relation", "lay", "count"), [(True, False, 24), (True, True, 33), (False, True, 2)]
)
def test_the_number_of_combinations(relation, lay, count):
    found = combinations(relation=relation, lay=lay)
    assert len(set(found)) == len(found) == count


def test_lay_questions_without_the_setting(loaded):
    settings = BuildSettings(lay=True)
    problems = list(check_crossing(loaded.item("in_plane"), Context(loaded.context.case, settings)))
    assert "24 questions, expected 33" in problems[0]
    assert "missing: image/storage/none/lay" in problems[0]


def test_slices_decide_the_item_id(loaded):
    record = loaded.item("in_plane")
    problems = list(check_ids(with_slices(record, record.slices[::-1]), loaded.context))
    assert "expected item_id" in problems[0]
    assert "found view_id" in problems[-1]


def test_a_view_of_another_prompt_is_not_the_question_s(loaded):
    record = loaded.item("in_plane")
    problems = list(check_ids(with_row(record, 0, view_id=record.rows[2].view_id), loaded.context))
    assert "is about 3d/axial/storage/none, but its view" in problems[0]
    assert "shows 3d/axial/storage/mask" in problems[0]


def test_options_of_another_axis(loaded):
    record = with_row(loaded.item("in_plane"), 0, options=("superior", "inferior"), answer="superior")
    assert "do not match its task" in next(check_texts(record, loaded.context))


def test_options_shown_in_another_order_in_one_question(loaded):
    record = loaded.item("in_plane")
    other = with_row(record, 3, options=record.rows[3].options[::-1])
    (problem,) = check_texts(other, loaded.context)
    assert "options" in problem


def test_names_that_a_data_set_declares_are_read_from_its_texts(loaded):
    record = loaded.item("in_plane")
    keys, words = ("my_lump", "my_cyst"), ("odd lump", "round cyst")
    case = replace(loaded.context.case, structures=keys)
    item = replace(rebuilt(record, case), structure_a=keys[0], structure_b=keys[1])
    questions = cross(item, dict(zip(keys, words, strict=True)))
    rows = [
        replace(row, structure_a=keys[0], structure_b=keys[1], text=question.text)
        for row, question in zip(record.rows, questions, strict=True)
    ]
    context = Context(case, BuildSettings())
    assert list(check_texts(ItemRecord(tuple(rows), record.views), context)) == []
    assert context.names == dict(zip(keys, words, strict=True))
    rows[5] = replace(rows[5], text=rows[5].text.replace("odd", "even"))
    assert len(list(check_texts(ItemRecord(tuple(rows), record.views), context))) == 1


@pytest.mark.parametrize(
    ("task", "change", "words"),
    [
        ("slice_direction", {"text": "Is this an axial stack?"}, "names 'axial'"),
        (
            "stack_order",
            {"text": "In radiological display?"},
            "reveals the picture's display: 'radiological'",
        ),
        ("in_plane", {"text": "The stack is reversed."}, "reveals the picture's display: 'reversed'"),
    ],
)
def test_texts_that_give_something_away(loaded, task, change, words):
    problems = list(check_leaks(with_rows(loaded.item(task), **change), loaded.context))
    assert words in problems[0]


def test_a_blank_question_that_names_its_structure(loaded):
    record = loaded.item("in_plane")
    name = structure_table().structures[record.rows[0].structure_a].name
    leaking = with_rows(record, condition="blank", text=f"Where is the {name}?")
    assert f"names the structure {record.first.structure_a}" in next(
        iter(check_leaks(leaking, loaded.context))
    )


def test_anatomical_texts_that_tell_the_coordinates(loaded):
    record = with_row(loaded.item("in_plane"), 0, text="What is where?")
    assert "differ between coordinates" in next(check_leaks(record, loaded.context))


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ((0.949, 30.0), "p_a_greater is 0.9490"),
        ((0.96, -30.0), "p_a_greater is 0.9600"),
        ((0.06, -30.0), "p_a_greater is 0.0600"),
        ((1.0, 9.99), "differ by 9.990 mm"),
        ((1.2, 30.0), "expected 0 to 1"),
    ],
)
def test_evidence_outside_the_rule(loaded, evidence, words):
    problems = list(check_answers(with_rows(loaded.item("in_plane"), evidence=evidence), loaded.context))
    assert any(words in problem for problem in problems)


def test_evidence_at_the_limits_of_the_rule(loaded):
    record = loaded.item("in_plane")
    sign = record.sign
    limit = with_rows(record, evidence=(0.95 if sign > 0 else 1 - 0.95, sign * (10 - 1e-6)))
    assert list(check_answers(limit, loaded.context)) == []


def test_a_knee_is_held_to_its_own_distance(loaded):
    record = with_rows(loaded.item("cross_slice"), evidence=(1.0, 3.5), answer="superior")
    knee = replace(loaded.context.case, side="left")
    torso = [p for p in check_answers(record, loaded.context) if "centroids differ" in p]
    assert len(torso) == 1
    assert [p for p in check_answers(record, Context(knee, BuildSettings())) if "centroids differ" in p] == []


def test_structures_that_the_case_does_not_have(loaded):
    problems = list(check_answers(with_rows(loaded.item("in_plane"), structure_a="brain"), loaded.context))
    assert "structure brain is not among the structures of its case" in problems[0]


def test_a_name_hint_that_is_not_recorded(loaded):
    record = with_rows(loaded.item("in_plane"), structure_a="kidney_left", structure_b="liver", axis="x")
    problems = list(check_answers(record, loaded.context))
    assert any("name_hint is none, expected one for left kidney and liver" in problem for problem in problems)


def test_a_name_hint_is_asked_only_where_it_is_allowed(loaded):
    record = with_rows(loaded.item("in_plane"), structure_a="kidney_left", structure_b="liver", axis="x")
    allowed = Context(loaded.context.case, BuildSettings(allow_name_hints=True))
    assert any("give away the answer" in problem for problem in check_answers(record, loaded.context))
    assert not any("give away the answer" in problem for problem in check_answers(record, allowed))


def test_a_hint_without_structures(loaded):
    record = with_rows(loaded.item("stack_order"), name_hint="one")
    assert "expected none without structures" in next(check_answers(record, loaded.context))


def test_stack_order_is_answered_by_the_direction_of_the_stack(loaded):
    record = loaded.item("stack_order")
    other = with_rows(record, stack_reversed=not record.first.stack_reversed)
    assert len(list(check_answers(other, loaded.context))) == 2


def test_slice_direction_is_answered_by_the_plane(loaded):
    record = loaded.item("slice_direction")
    other = with_rows(record, plane="coronal" if record.first.plane != "coronal" else "axial")
    assert len(list(check_answers(other, loaded.context))) == 2


def test_the_direction_of_a_stack(loaded):
    record = loaded.item("cross_slice")
    problems = list(check_stacks(with_slices(record, record.slices[::-1]), loaded.context))
    assert "stack_reversed is" in problems[0]


@pytest.mark.parametrize(
    ("task", "slices", "words"),
    [
        ("cross_slice", (-1, 0, 1), "slices -1 to 1"),
        ("cross_slice", (8, 9, 10), "slices 8 to 10"),
        ("cross_slice", (1, 2, 2, 3), "stack_reversed is"),
        ("cross_slice", (1, 2, 4, 5), "expected 5 (at most 32)"),
        ("slice_direction", (1, 2, 3), "evenly spaced from 0"),
    ],
)
def test_slices_that_no_stack_has(loaded, task, slices, words):
    record = with_rows(loaded.item(task), stack_reversed=False)
    assert words in next(check_stacks(with_slices(record, slices), loaded.context))


def test_a_picture_has_one_slice(loaded):
    record = with_slices(loaded.item("in_plane", "2d"), (4, 5))
    assert "found 2 slices in 2d" in next(check_stacks(record, loaded.context))


def test_a_stack_over_many_slices_is_evenly_taken(loaded):
    tall = Context(replace(loaded.context.case, shape=(16, 16, 90)), BuildSettings())
    record = with_rows(loaded.item("cross_slice"), stack_reversed=False)
    record = ItemRecord(record.rows, tuple(replace(view, marks=()) for view in record.views))
    slices = stack_slices(3, 80, 1.0, 0.0, 90)
    assert list(check_stacks(with_slices(record, slices), tall)) == []
    uneven = (*slices[:5], slices[5] + 1, *slices[6:])
    assert len(list(check_stacks(with_slices(record, uneven), tall))) == 1


@pytest.mark.parametrize("task", ["in_plane", "cross_slice"])
def test_a_stack_reaches_past_its_marks_by_the_margin_and_further_only_across(loaded, task):
    record, case = loaded.item(task), loaded.context.case
    fine = Context(replace(case, spacing_mm=(0.2, 0.2, 0.2), shape=(99, 99, 99)), BuildSettings())
    moved = with_slices(record, tuple(k + 40 for k in record.slices))
    assert any("the margin of 10 mm reach from" in p for p in check_stacks(moved, fine))
    inner = range(2, len(record.slices) - 2)
    fewer = tuple(
        replace(view, marks=tuple(m for m in view.marks if m.frame in inner)) for view in record.views
    )
    found = list(check_stacks(ItemRecord(record.rows, fewer), loaded.context))
    assert ["expected at most a margin" in p for p in found] == ([True] if task == "in_plane" else [])


def test_a_structure_that_shows_too_seldom(loaded):
    record = loaded.item("in_plane")
    first = min(mark.frame for mark in record.views[0].marks if mark.label == "A")
    seldom = tuple(
        replace(view, marks=tuple(m for m in view.marks if m.label == "B" or m.frame < first + 2))
        for view in record.views
    )
    problems = list(check_shared_frames(ItemRecord(record.rows, seldom), loaded.context))
    assert any("shows A in 2 frames, expected at least 3" in problem for problem in problems)


def test_item_ids_depend_on_every_fact(loaded):
    row = loaded.item("in_plane").first
    facts = (row.case_id, row.modality, row.dimension, row.plane, row.task, row.axis, row.structure_a)
    assert item_id(*facts, row.structure_b, (1, 2)) != item_id(*facts, row.structure_b, (2, 1))
