"""The names of A and B are read from the question, so that a user's own structures are called as asked."""

import pytest

from misground.questions.names import asked_names, structure_names

PLAIN = "In the picture, what is the position of the liver relative to the left ovary cyst?"
MARKED = "In the picture, what is the position of the liver (marked A) relative to the spleen (marked B)?"
BLANK = "As seen in the picture, what is the position of A relative to B?"


def row(text: str | None, a: str | None = "liver", b: str | None = "own_cyst", condition: str = "image"):
    return {"text": text, "structure_a": a, "structure_b": b, "condition": condition}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (PLAIN, ("liver", "left ovary cyst")),
        (MARKED, ("liver", "spleen")),
        (BLANK, ("A", "B")),
        ("In which anatomical plane were the slices cut?", ()),
        ("", ()),
    ],
)
def test_names_are_those_of_the_text(text: str, names: tuple[str, ...]) -> None:
    assert asked_names(text) == names


def test_a_declared_structure_is_called_as_its_questions_call_it() -> None:
    rows = [row(BLANK, condition="blank"), row(PLAIN), row(MARKED, "liver", "spleen")]
    assert structure_names(rows) == {"liver": "liver", "own_cyst": "left ovary cyst", "spleen": "spleen"}


def test_without_a_text_that_names_it_a_structure_has_its_name_in_the_table_or_its_key() -> None:
    rows = [row(BLANK, "urinary_bladder", "own_cyst", "blank"), row(None, "liver", "own_mass")]
    expected = {"urinary_bladder": "urinary bladder", "own_cyst": "own cyst"}
    assert structure_names(rows) == expected | {"liver": "liver", "own_mass": "own mass"}


def test_questions_about_no_structure_name_none() -> None:
    assert structure_names([row("In which plane?", None, None)]) == {}
