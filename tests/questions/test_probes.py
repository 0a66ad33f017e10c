"""Probes: which questions they add to a relation item, and what changes from the item's own."""

from collections import Counter
from dataclasses import replace

import pytest

from misground.benchmark.settings import BuildSettings, parse_probes
from misground.errors import UsageError
from misground.questions import Item, cross, item_views, probe_cost, probe_questions, probe_views, view_id
from misground.questions.names import asked_names
from misground.questions.probes import with_naming_orders
from misground.records import PROBES

NAMES = {"liver": "liver", "spleen": "spleen"}
AXIAL = Item(
    case_id="case", modality="ct", knee_side=None, dimension="2d", plane="axial", task="in_plane", axis="x",
    slices=(7,), stack_reversed=None, option_order=(1, 0), sign=1, structure_a="liver", structure_b="spleen",
    p_a_greater=1.0, delta_mm=80.0,
)  # fmt: skip
STACK = replace(
    AXIAL,
    dimension="3d",
    task="cross_slice",
    axis="z",
    slices=(3, 4, 5),
    stack_reversed=False,
    shared_frames=0,
)
FLAT_STACK = replace(AXIAL, dimension="3d", slices=(3, 4, 5), stack_reversed=False, shared_frames=1)


def factors(question):
    return question.condition, question.coordinates, question.prompt, question.terms


def probes_of(item, *kinds):
    return list(probe_questions(item, NAMES, kinds or PROBES))


def twins(item):
    return {factors(question): question for question in cross(item, NAMES)}


def test_each_probe_has_its_number_of_questions():
    assert Counter(q.probe for q in probes_of(AXIAL)) == {
        "naming": 6, "reversed": 6, "reordered": 4, "mirrored": 2
    }  # fmt: skip
    assert probe_cost(PROBES) == 18
    assert probe_cost(["mirrored"]) == 2
    assert [q.probe for q in probes_of(AXIAL)] == sorted(
        (q.probe for q in probes_of(AXIAL)), key=PROBES.index
    )


def test_ids_of_probes_are_their_own():
    every = [*cross(AXIAL, NAMES), *probes_of(AXIAL)]
    assert len({question.question_id for question in every}) == 42


def test_only_relations_have_probes():
    whole = replace(STACK, task="stack_order", structure_a=None, structure_b=None)
    assert probes_of(whole) == probe_views(whole, PROBES) == []


@pytest.mark.parametrize("item", [AXIAL, STACK, FLAT_STACK])
def test_naming_asks_which_of_the_two_is_marked_a_on_the_items_own_pictures(item):
    found = probes_of(item, "naming")
    assert {factors(q) for q in found} == {
        ("image", c, p, "anatomical") for c in ("storage", "viewing") for p in ("mask", "box", "point")
    }
    for question in found:
        assert (question.task, question.axis, question.answer) == ("naming", None, "liver")
        assert question.options == ("liver", "spleen")
        assert question.text.endswith("slice. Which structure is marked A?" if item is AXIAL else
                                      "slices. Which structure is marked A?")  # fmt: skip
        assert question.view == twins(item)[factors(question)].view


def test_the_order_of_names_is_the_items_draw():
    (first, *_) = probes_of(replace(AXIAL, naming_order=(1, 0)), "naming")
    assert (first.options, first.answer) == (("spleen", "liver"), "liver")


@pytest.mark.parametrize("item", [AXIAL, STACK, FLAT_STACK])
def test_reversed_asks_where_b_lies_and_the_other_word_is_right(item):
    found = probes_of(item, "reversed")
    assert Counter((q.condition, q.coordinates, q.prompt) for q in found) == {
        ("image", "storage", "none"): 2, ("image", "viewing", "none"): 2, ("text_only", "viewing", "none"): 2
    }  # fmt: skip
    for question in found:
        twin = twins(item)[factors(question)]
        assert asked_names(question.text) == ("spleen", "liver")
        assert asked_names(twin.text) == ("liver", "spleen")
        assert question.options == twin.options
        assert {question.answer, twin.answer} == set(twin.options)
        assert question.view == twin.view


def test_an_anatomical_text_is_the_same_in_both_coordinates():
    texts = {q.text for q in probes_of(AXIAL, "reversed") if q.terms == "anatomical"}
    assert len(texts) == 1


def test_reordered_exchanges_the_options_and_nothing_else():
    found = probes_of(STACK, "reordered")
    assert Counter((q.condition, q.coordinates, q.prompt) for q in found) == {
        ("image", "viewing", "none"): 2, ("text_only", "viewing", "none"): 2
    }  # fmt: skip
    for question in found:
        twin = twins(STACK)[factors(question)]
        assert question.options == twin.options[::-1]
        assert (question.text, question.answer, question.view) == (twin.text, twin.answer, twin.view)


@pytest.mark.parametrize(
    ("item", "axis", "slices"),
    [
        (AXIAL, "column", (7,)),
        (replace(AXIAL, axis="y"), "row", (7,)),
        (replace(AXIAL, plane="sagittal", axis="y"), "column", (7,)),
        (FLAT_STACK, "column", (3, 4, 5)),
        (STACK, "frame", (5, 4, 3)),
    ],
)
def test_mirrored_turns_the_picture_along_the_asked_axis_or_the_stack(item, axis, slices):
    found = probes_of(item, "mirrored")
    assert [factors(q) for q in found] == [
        ("image", "viewing", "none", "colloquial"), ("image", "viewing", "mask", "colloquial")
    ]  # fmt: skip
    for question in found:
        twin = twins(item)[factors(question)]
        assert (question.text, question.options) == (twin.text, twin.options)
        assert {question.answer, twin.answer} == set(twin.options)
        assert question.view == replace(twin.view, mirrored=axis, slices=slices)
        assert view_id(question.view) != view_id(twin.view)
    assert probe_views(item, PROBES) == [q.view for q in found]
    assert probe_views(item, ["naming"]) == []
    assert not set(probe_views(item, PROBES)) & set(item_views(item))


def test_names_come_first_half_of_the_time_in_every_stratum():
    items = [
        replace(AXIAL, case_id=f"case {n}", plane=plane, axis=axis, sign=sign, option_order=order)
        for plane, axis in (("axial", "x"), ("axial", "y"), ("coronal", "z"))
        for n, (sign, order) in enumerate([(1, (0, 1)), (-1, (0, 1)), (1, (1, 0)), (-1, (1, 0)), (1, (0, 1))])
    ]
    for seed in (0, 1):
        drawn = with_naming_orders(items, seed)
        assert [replace(item, naming_order=(0, 1)) for item in drawn] == items
        assert abs(sum(item.naming_order == (0, 1) for item in drawn) - 7.5) == 0.5
        for axis in "xyz":
            mine = Counter(item.naming_order for item in drawn if item.axis == axis)
            assert sorted(mine.values()) == [2, 3]
    assert with_naming_orders(items, 0) != with_naming_orders(items, 1)


def test_the_option_names_probes():
    assert parse_probes(None) == ()
    assert parse_probes("all") == PROBES
    assert parse_probes(" mirrored, naming,mirrored") == ("naming", "mirrored")


@pytest.mark.parametrize("text", ["", "mirror", "naming,,reversed", "naming;reversed", "All"])
def test_a_name_of_no_probe_is_one_line(text):
    with pytest.raises(UsageError, match=r"^--probes names '.*', expected all, or some of naming, "):
        parse_probes(text)


def test_the_number_of_questions_counts_probes():
    settings = BuildSettings(probes=("naming", "mirrored"), lay=True)
    assert (settings.questions_of(AXIAL), settings.probes_of(AXIAL)) == (24 + 9 + 8, 8)
    whole = replace(STACK, task="stack_order", structure_a=None, structure_b=None)
    assert (settings.questions_of(whole), settings.probes_of(whole)) == (2, 0)
    assert settings.draw_settings() == BuildSettings(lay=True).draw_settings()
