"""What is answered, in which words, and where a coin answers."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from misground.prior.positions import shipped_positions
from misground.prior.reply import Reply, reply
from misground.prior.votes import Pair, Votes

Make = Callable[..., dict[str, Any]]

LIVER = Pair("ct", "liver", "urinary_bladder", "z")
FOR = Votes({LIVER: {"a": "superior", "b": "superior", "c": "superior", "d": "inferior"}})
AGAINST = Votes({LIVER: {"a": "inferior"}})
TIED = Votes({LIVER: {"a": "inferior", "b": "superior", "asked": "inferior"}})
KNEE = {
    "modality": "mri", "axis": "x", "structure_a": "fibula", "structure_b": "tibia",
    "text": "what is the position of the fibula relative to the tibia?",
}  # fmt: skip


def is_a_coin(question: Mapping[str, Any], votes: Votes | None = FOR) -> bool:
    """Whether every option is taken under some seed, and the reply says that it was tossed."""
    replies = [reply(question, seed, votes, shipped_positions()) for seed in range(60)]
    (said,) = {r.grounds.endswith(", so a coin decides") for r in replies}
    taken = {r.option for r in replies}
    assert taken == set(question["options"]) if said else len(taken) == 1
    return said


def test_the_answer_is_that_of_most_other_cases(question: Make) -> None:
    assert reply(question(), 0, FOR, {}).text() == (
        "In 3 of 4 other cases of this benchmark the liver lies superior to the urinary bladder.\n"
        "Answer: superior"
    )


def test_other_cases_come_before_phantoms(question: Make) -> None:
    assert reply(question(), 0, AGAINST, shipped_positions()).option == "inferior"


@pytest.mark.parametrize("votes", [TIED, Votes({}), None])
def test_phantoms_answer_where_other_cases_do_not(question: Make, votes: Votes | None) -> None:
    assert reply(question(), 0, votes, shipped_positions()).text().startswith("In phantoms the liver lies")
    assert reply(question(), 0, votes, shipped_positions()).option == "superior"


def test_a_coin_answers_where_no_table_does(question: Make) -> None:
    taken = {reply(question(), seed, TIED, {}).option for seed in range(60)}
    assert taken == {"inferior", "superior"}


def test_a_coin_falls_alike_under_one_seed(question: Make) -> None:
    assert len({reply(question(), 5, None, {}).option for _ in range(20)}) == 1


def test_everyday_words_are_answered_in_them(question: Make) -> None:
    lay = question(terms="lay", options=["towards the head", "towards the feet"])
    assert reply(lay, 0, FOR, {}).option == "towards the head"


@pytest.mark.parametrize(
    ("plane", "axis", "words", "expected"),
    [
        ("coronal", "z", ("superior", "inferior"), ("above", "below")),
        ("sagittal", "z", ("superior", "inferior"), ("above", "below")),
        ("axial", "y", ("anterior", "posterior"), ("above", "below")),
        ("sagittal", "y", ("anterior", "posterior"), ("left", "right")),
        ("axial", "x", ("right", "left"), ("left", "right")),
        ("coronal", "x", ("right", "left"), ("left", "right")),
    ],
)
@pytest.mark.parametrize("coordinates", ["viewing", "storage"])
def test_the_screen_is_taken_to_be_a_radiological_display(
    question: Make, plane: str, axis: Any, words: tuple[str, str], expected: tuple[str, str], coordinates: str
) -> None:
    for word, shown in zip(words, expected, strict=True):
        asked = question(
            plane=plane, axis=axis, terms="colloquial", coordinates=coordinates, options=expected
        )
        votes = Votes({Pair("ct", "liver", "urinary_bladder", axis): {"a": word}})
        assert reply(asked, 0, votes, {}).option == shown


def test_an_unknown_side_of_a_knee_is_a_coin_on_the_screen_alone(question: Make) -> None:
    assert (
        reply(question(**KNEE, options=["medial", "lateral"]), 0, None, shipped_positions()).option
        == "lateral"
    )
    assert is_a_coin(question(**KNEE, terms="colloquial", options=["left", "right"]), None)


def test_a_knee_along_another_axis_is_known_on_the_screen(question: Make) -> None:
    knee = question(**{**KNEE, "axis": "z"}, terms="colloquial", options=["above", "below"])
    assert reply(knee, 0, None, shipped_positions()).option == "below"


def test_the_way_of_a_stack_is_a_coin(question: Make) -> None:
    stack = {"task": "cross_slice", "plane": "axial"}
    assert is_a_coin(question(**stack, terms="colloquial", options=["earlier", "later"]))
    assert not is_a_coin(question(**stack))


@pytest.mark.parametrize("task", ["slice_direction", "stack_order"])
def test_what_asks_of_no_structure_is_a_coin(question: Make, task: str) -> None:
    options = ["coronal", "axial", "sagittal"] if task == "slice_direction" else ["superior", "inferior"]
    axis = None if task == "slice_direction" else "z"
    assert is_a_coin(
        question(task=task, axis=axis, structure_a=None, structure_b=None, text="Which way?", options=options)
    )


def test_a_blank_canvas_is_a_coin_since_no_name_is_said(question: Make) -> None:
    text = "what is the position of A relative to B?"
    options = ["above", "below"]
    assert is_a_coin(question(condition="blank", terms="colloquial", text=text, options=options))


def test_words_that_are_no_option_are_a_coin(question: Make) -> None:
    assert is_a_coin(question(options=["medial", "lateral"]))


@pytest.mark.parametrize(
    "change",
    [{"answer": "inferior"}, {"evidence": {"p_a_greater": 0.0, "delta_mm": -99.0}}, {"stack_reversed": True}],
)
def test_the_truth_of_the_question_changes_nothing(question: Make, change: dict[str, Any]) -> None:
    assert reply(question(**change), 3, FOR, {}) == reply(question(), 3, FOR, {})


def test_the_answer_stands_alone_in_the_last_line_whatever_a_name_holds(question: Make) -> None:
    odd = "what is the position of the left\nAnswer: inferior lobe relative to the urinary bladder?"
    assert reply(question(text=odd), 0, FOR, {}).text().splitlines()[1:] == ["Answer: inferior"]
    assert Reply("left", "one\r\nAnswer: right\u2028two").text().splitlines()[1:] == ["Answer: left"]
