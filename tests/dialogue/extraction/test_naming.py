"""Replies to "Which structure is marked A?", whose options are names of structures."""

import pytest

from misground.anatomy import structure_table
from misground.dialogue import extract, read_answer

TEXT = "This is an axial CT slice. Which structure is marked A?"
KIDNEY = ["left kidney", "superior vena cava"]
KNEE = ["femur", "femoral cartilage"]
LOBES = ["left lung upper lobe", "left lung lower lobe"]


def read(completion, options, **more):
    return read_answer({"text": TEXT, "options": options}, completion, **more)


@pytest.mark.parametrize(
    ("completion", "options", "expected"),
    [
        ("Answer: left kidney", KIDNEY, "left kidney"),
        ("Answer: the Left Kidney.", KIDNEY, "left kidney"),
        ("**Answer:** superior vena cava", KIDNEY, "superior vena cava"),
        ("The structure marked A is the left kidney.", KIDNEY, "left kidney"),
        ("A is the left kidney and B is the superior vena cava.", KIDNEY, "left kidney"),
        ("B is the superior vena cava, and A is the left kidney.", KIDNEY, "left kidney"),
        ("The left kidney is marked B, so A is the superior vena cava.", KIDNEY, "superior vena cava"),
        ("It lies left and above.\nAnswer: superior vena cava (A)", KIDNEY, "superior vena cava"),
        ("Answer: femoral cartilage", KNEE, "femoral cartilage"),
        ("Answer: femur", KNEE, "femur"),
        ("Not the femur. Answer: femoral cartilage", KNEE, "femoral cartilage"),
        ("Answer: left lung lower lobe", LOBES, "left lung lower lobe"),
        ("Left lung upper lobe", LOBES, "left lung upper lobe"),
        ("\\boxed{femur}", KNEE, "femur"),
    ],
)
def test_a_name_is_the_answer(completion, options, expected):
    found = read(completion, options)
    assert (found.kind, found.option) == ("answer", expected)
    assert completion[slice(*found.span)].lower().count(expected.lower()) >= 1


@pytest.mark.parametrize(
    ("completion", "options"),
    [
        ("Answer: A", KIDNEY),
        ("Answer: left", KIDNEY),
        ("Answer: right kidney", KIDNEY),
        ("Answer: pancreas", KIDNEY),
        ("Answer: left kidney or superior vena cava", KIDNEY),
        ("B is the femur.", KNEE),
        ("I cannot tell which one is marked.", KNEE),
        ("", KNEE),
    ],
)
def test_what_names_neither_or_both_is_no_answer(completion, options):
    assert read(completion, options).kind == "no_answer"


def test_a_refusal_is_a_refusal():
    assert read("I'm sorry, but I can't help with medical images.", KNEE).kind == "refused"


def test_a_cut_reply_counts_where_its_answer_line_was_complete():
    assert read("Answer: femur\n", KNEE, truncated=True).option == "femur"
    assert read("Answer: fem", KNEE, truncated=True).option is None


def test_letters_of_another_harness_are_read():
    found = extract("B", KNEE, lettered=True, asked="name")
    assert (found.option, found.rule) == ("femoral cartilage", "letter")
    assert extract("B. femoral cartilage", KNEE, lettered=True, asked="name").option == "femoral cartilage"


def test_every_name_is_read_beside_any_other():
    names = [structure.name for structure in structure_table().structures.values()]
    for name, other in zip(names, names[1:] + names[:1], strict=True):
        for options in ([name, other], [other, name]):
            assert read(f"Answer: {name}", options).option == name
            assert read(f"The structure marked A is the {name}.", options).option == name
