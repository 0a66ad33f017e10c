from collections import Counter
from dataclasses import replace

import pytest

from misground.questions import Item, cross, item_views, question_id, view_id
from misground.questions.text import answer_words

NAMES = {"liver": "liver", "spleen": "spleen"}
AXIAL = Item(
    case_id="case", modality="ct", knee_side=None, dimension="2d", plane="axial", task="in_plane", axis="x",
    slices=(7,), stack_reversed=None, option_order=(1, 0), sign=1, structure_a="liver", structure_b="spleen",
    p_a_greater=1.0, delta_mm=80.0,
)  # fmt: skip
STACK = replace(AXIAL, dimension="3d", task="cross_slice", axis="z", slices=(3, 4, 5), stack_reversed=False)


def test_a_relation_item_becomes_24_questions_in_the_published_combinations():
    questions = cross(AXIAL, NAMES)
    counts = Counter((q.condition, q.coordinates, q.prompt, q.terms) for q in questions)
    assert set(counts.values()) == {1}
    assert Counter(q.condition for q in questions) == {"image": 16, "text_only": 2, "blank": 6}
    assert {(q.coordinates, q.prompt) for q in questions if q.condition == "text_only"} == {
        ("viewing", "none")
    }
    assert {(q.prompt, q.terms) for q in questions if q.condition == "blank"} == {
        (p, "colloquial") for p in ("mask", "box", "point")
    }


def test_views_are_shared_by_the_terms():
    questions = cross(AXIAL, NAMES)
    assert len(item_views(AXIAL)) == 14
    assert {q.view for q in questions if q.view} == set(item_views(AXIAL))
    assert len({view_id(spec) for spec in item_views(AXIAL)}) == 14


def test_small_items_become_one_question_for_each_coordinates():
    item = replace(STACK, task="stack_order", structure_a=None, structure_b=None)
    questions = cross(item, {})
    assert [(q.coordinates, q.prompt, q.terms, q.condition) for q in questions] == [
        (c, "none", "anatomical", "image") for c in ("storage", "viewing")
    ]


@pytest.mark.parametrize(
    ("plane", "axis", "coordinates", "expected"),
    [
        # A lies towards the patient's right, anterior, superior of B.
        ("axial", "x", "viewing", "left"),
        ("axial", "y", "viewing", "above"),
        ("coronal", "x", "viewing", "left"),
        ("coronal", "z", "viewing", "above"),
        ("sagittal", "y", "viewing", "left"),
        ("sagittal", "z", "viewing", "above"),
        ("axial", "x", "storage", "below"),
        ("axial", "y", "storage", "right"),
        ("coronal", "x", "storage", "below"),
        ("coronal", "z", "storage", "right"),
        ("sagittal", "y", "storage", "below"),
        ("sagittal", "z", "storage", "right"),
    ],
)
def test_colloquial_answers_are_what_the_screen_shows(plane, axis, coordinates, expected):
    item = replace(AXIAL, plane=plane, axis=axis)
    assert answer_words(item, coordinates, "colloquial")[0] == expected
    opposite = replace(item, sign=-1)
    assert answer_words(opposite, coordinates, "colloquial")[1] == expected


@pytest.mark.parametrize(("reverse", "expected"), [(False, "later"), (True, "earlier")])
def test_through_a_stack_the_answer_follows_its_direction(reverse, expected):
    item = replace(STACK, stack_reversed=reverse)
    for coordinates in ("storage", "viewing"):
        assert answer_words(item, coordinates, "colloquial")[0] == expected
        assert answer_words(item, coordinates, "anatomical")[0] == "superior"


@pytest.mark.parametrize(("side", "expected"), [("right", "lateral"), ("left", "medial")])
def test_in_a_knee_medial_and_lateral_stand_for_left_and_right(side, expected):
    item = replace(AXIAL, knee_side=side)
    assert set(answer_words(item, "viewing", "anatomical")) == {"medial", "lateral"}
    assert answer_words(item, "viewing", "anatomical")[0] == expected
    assert "knee" in answer_words(item, "viewing", "lay")[0]


def test_slice_direction_asks_for_the_plane_without_naming_it():
    item = replace(
        STACK, task="slice_direction", axis=None, sign=None, option_order=(2, 0, 1), structure_a=None
    )
    question = cross(item, {})[0]
    assert question.answer == "axial"
    assert question.options == ("sagittal", "axial", "coronal")
    assert not any(plane in question.text for plane in ("axial", "coronal", "sagittal"))


@pytest.mark.parametrize("item", [AXIAL, STACK])
def test_anatomical_texts_are_the_same_in_both_coordinates(item):
    texts = {}
    for q in cross(item, NAMES):
        if q.terms == "anatomical" and q.condition == "image":
            texts.setdefault(q.prompt, set()).add((q.text, q.options, q.answer))
    assert all(len(variants) == 1 for variants in texts.values())


@pytest.mark.parametrize("item", [AXIAL, STACK])
def test_without_a_picture_the_wording_is_that_of_an_unmarked_one(item):
    by_kind = {(q.condition, q.coordinates, q.prompt, q.terms): q for q in cross(item, NAMES)}
    for terms in ("anatomical", "colloquial"):
        unmarked = by_kind["image", "viewing", "none", terms]
        without = by_kind["text_only", "viewing", "none", terms]
        assert (without.text, without.options, without.answer) == (
            unmarked.text,
            unmarked.options,
            unmarked.answer,
        )


def test_marks_are_named_only_where_they_are_drawn():
    for q in cross(AXIAL, NAMES):
        if q.condition == "blank":
            assert "liver" not in q.text
            assert "position of A relative to B" in q.text
        else:
            assert ("the liver (marked A)" in q.text) == (q.prompt != "none")
            assert "the liver" in q.text


def test_each_text_says_whose_left_is_meant():
    for q in cross(AXIAL, NAMES):
        assert ("the patient's own" in q.text) == (q.terms == "anatomical")
        assert ("the picture's own" in q.text) == (q.terms == "colloquial")


def test_options_are_shown_in_the_drawn_order():
    for q in cross(AXIAL, NAMES):
        assert q.options[1] == q.answer
    for q in cross(replace(AXIAL, option_order=(0, 1)), NAMES):
        assert q.options[0] == q.answer


def test_ids_change_with_what_they_stand_for():
    question = cross(AXIAL, NAMES)[0]
    parts = (
        AXIAL.item_id, question.coordinates, question.prompt, question.terms, question.condition,
        question.text, question.options, question.answer,
    )  # fmt: skip
    assert question_id(*parts) == question.question_id
    assert question_id(*parts[:-1], "other") != question.question_id
    assert replace(AXIAL, slices=(8,)).item_id != AXIAL.item_id
