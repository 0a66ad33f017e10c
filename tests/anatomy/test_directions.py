import pytest

from misground.anatomy import (
    AXES,
    HINT_WORDS,
    Axis,
    ScreenAxis,
    anatomical_words,
    colloquial_words,
    hint_words,
    lay_words,
    structure_table,
)


@pytest.mark.parametrize(
    ("axis", "positive", "negative"),
    [("x", "right", "left"), ("y", "anterior", "posterior"), ("z", "superior", "inferior")],
)
def test_anatomical_words_follow_ras(axis: Axis, positive: str, negative: str):
    assert anatomical_words(axis) == {1: positive, -1: negative}


@pytest.mark.parametrize(("side", "lateral"), [("right", 1), ("left", -1)])
def test_a_knee_has_medial_and_lateral_along_x_by_its_side(side: str, lateral: int):
    assert anatomical_words("x", side) == {lateral: "lateral", -lateral: "medial"}
    assert lay_words("x", side) == {
        lateral: "towards the outer side of the knee",
        -lateral: "towards the inner side of the knee",
    }


@pytest.mark.parametrize("axis", ["y", "z"])
def test_a_knees_side_changes_nothing_along_the_other_axes(axis: Axis):
    assert anatomical_words(axis, "left") == anatomical_words(axis)
    assert lay_words(axis, "left") == lay_words(axis)


def test_lay_words_say_the_patients_side():
    assert lay_words("x") == {1: "towards the patient's right", -1: "towards the patient's left"}
    assert lay_words("y") == {1: "towards the front", -1: "towards the back"}
    assert lay_words("z") == {1: "towards the head", -1: "towards the feet"}


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        ("row", {1: "below", -1: "above"}),
        ("column", {1: "right", -1: "left"}),
        ("frame", {1: "later", -1: "earlier"}),
    ],
)
def test_colloquial_words_follow_the_screen(axis: ScreenAxis, words: dict[int, str]):
    assert colloquial_words(axis) == words


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("side", [None, "left", "right"])
def test_the_two_ends_of_an_axis_have_different_words(axis: Axis, side: str | None):
    for words in (anatomical_words(axis, side), lay_words(axis, side)):
        assert words.keys() == {1, -1}
        assert words[1] != words[-1]


@pytest.mark.parametrize(
    ("name", "axis", "found"),
    [
        ("left kidney", "x", {"left"}),
        ("left kidney", "z", set()),
        ("Right Upper lung lobe", "x", {"right"}),
        ("Right Upper lung lobe", "z", {"upper"}),
        ("right middle lung lobe", "z", {"middle"}),
        ("superior vena cava", "z", {"superior"}),
        ("inferior vena cava", "z", {"inferior"}),
        ("medial-lateral band", "x", {"medial", "lateral"}),
        ("anterior cruciate ligament", "y", {"anterior"}),
        ("liver", "x", set()),
        ("", "x", set()),
    ],
)
def test_hint_words_are_the_direction_words_of_the_asked_axis(name: str, axis: Axis, found: set[str]):
    assert hint_words(name, axis) == found


@pytest.mark.parametrize("name", ["upright organ", "cleft lip", "bilateral band", "leftover", "supper"])
def test_hint_words_are_whole_words(name: str):
    assert not any(hint_words(name, axis) for axis in AXES)


def test_hint_words_point_where_the_anatomical_words_do():
    for axis in AXES:
        for sign, word in anatomical_words(axis).items():
            assert HINT_WORDS[axis][word] == sign


def test_a_structures_side_is_the_one_hint_word_of_its_name_along_x():
    for structure in structure_table().structures.values():
        assert hint_words(structure.name, "x") == ({structure.side} if structure.side else set()), (
            structure.key
        )
