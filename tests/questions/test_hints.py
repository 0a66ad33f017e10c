import pytest

from misground.questions.hints import Hint, name_hint


@pytest.mark.parametrize(
    ("a", "b", "axis", "expected", "asked"),
    [
        ("left kidney", "liver", "x", Hint("one", -1), False),
        ("left kidney", "right kidney", "x", Hint("both", -1), False),
        ("left kidney", "left hip bone", "x", Hint("none", 0), True),
        ("left kidney", "right kidney", "z", Hint("none", 0), True),
        ("superior vena cava", "liver", "z", Hint("one", 1), True),
        ("liver", "superior vena cava", "z", Hint("one", -1), True),
        ("superior vena cava", "inferior vena cava", "z", Hint("both", 1), False),
        ("left upper lung lobe", "right upper lung lobe", "z", Hint("none", 0), True),
        ("right middle lung lobe", "heart", "z", Hint("one", 0), True),
        ("right middle lung lobe", "right lower lung lobe", "z", Hint("both", 1), False),
        ("anterior cruciate ligament", "tibia", "y", Hint("one", 1), True),
        ("liver", "spleen", "x", Hint("none", 0), True),
    ],
)
def test_direction_words_in_names(a, b, axis, expected, asked):
    found = name_hint(a, b, axis)
    assert found == expected
    assert found.asked(axis) is asked


def test_words_inside_other_words_are_not_direction_words():
    assert name_hint("rightmost thing", "bilateral thing", "x").kind == "none"


@pytest.mark.parametrize(("side", "guess"), [("right", 1), ("left", -1)])
def test_lateral_points_away_from_the_middle_of_the_body(side, guess):
    assert name_hint("lateral meniscus", "tibia", "x", side) == Hint("one", guess)
    assert not name_hint("lateral meniscus", "tibia", "x", side).asked("x")
