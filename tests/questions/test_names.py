"""The names of A and B are read from the question, so that a user's own structures are called as asked."""

from dataclasses import replace

import pytest

from misground.questions import Item, cross
from misground.questions.names import asked, asked_names, structure_names

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


def test_what_is_asked_follows_from_the_text_of_any_question() -> None:
    item = Item(
        case_id="case", modality="ct", knee_side=None, dimension="3d", plane="axial", task="cross_slice",
        axis="z", slices=(3, 4), stack_reversed=False, option_order=(1, 0), sign=1, structure_a="liver",
        structure_b="spleen", p_a_greater=1.0, delta_mm=80.0,
    )  # fmt: skip
    knee = replace(item, modality="mri", knee_side="left", axis="x", plane="sagittal")
    slice_ = replace(item, dimension="2d", slices=(7,), task="in_plane", axis="x")
    whole = replace(item, structure_a=None, structure_b=None)
    names = {"liver": "liver", "spleen": "spleen"}
    found = {
        (one.task, one.axis, q.terms): asked(q.text)
        for one in (
            item,
            knee,
            slice_,
            replace(whole, task="stack_order"),
            replace(whole, task="slice_direction", axis=None, sign=None, option_order=(2, 0, 1)),
        )
        for q in cross(one, names, lay=True)
    }
    for (task, _, terms), what in found.items():
        colloquial = "order" if task == "cross_slice" else "picture"
        expected = {"stack_order": "end", "slice_direction": "plane"}.get(
            task, colloquial if terms == "colloquial" else "patient"
        )
        assert what == expected
    assert len(found) == 11
    assert asked("This is an axial CT slice. Which structure is marked A?") == "name"
    assert asked("Which organ is this?") is None
