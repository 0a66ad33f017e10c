"""The extracted answer within a completion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.report.explorer.highlight import LONGEST, answer_span, pieces
from misground.visible import visible


@pytest.mark.parametrize(
    ("completion", "extracted", "marked"),
    [
        ("Answer: left", "left", "Answer: [left]"),
        ("left or right?\nAnswer: right\nnot left", "right", "left or right?\nAnswer: [right]\nnot left"),
        ("Answer: left\nso\n**Answer:** **right**.", "right", "Answer: left\nso\n**Answer:** **[right]**."),
        ("the left one is left, ANSWER : Left", "left", "the left one is left, ANSWER : [Left]"),
        ("Answer:\n  anterior", "anterior", "Answer:\n  [anterior]"),
        ("It is above. Really above.", "above", "It is above. Really [above]."),
        ("\U0001f9e0 answer: to\n the head", "to the head", "\U0001f9e0 answer: [to\n the head]"),
        ("left\nAnswer: sinister", "left", "[left]\nAnswer: sinister"),
    ],
)  # fmt: skip
def test_the_last_whole_occurrence_is_marked_first_of_all_in_the_answer_line(
    completion: str, extracted: str, marked: str
) -> None:
    span = answer_span(completion, extracted)
    assert span is not None
    start, end = span
    assert completion[:start] + "[" + completion[start:end] + "]" + completion[end:] == marked


@pytest.mark.parametrize(
    ("completion", "extracted"),
    [
        ("Answer: leftmost", "left"),
        ("Answer: in front", "anterior"),
        ("", "left"),
        ("left", ""),
        ("left", " "),
    ],
)
def test_what_is_not_there_as_words_is_not_marked(completion: str, extracted: str) -> None:
    assert answer_span(completion, extracted) is None


def test_a_long_completion_keeps_its_head_and_its_tail_with_the_answer() -> None:
    completion = "x" * 1_000_000 + "\nAnswer: left"
    found = pieces(completion, "left")
    assert found[0] == ("text", "x" * (LONGEST // 2))
    assert found[1] == ("gap", len(completion) - LONGEST)
    assert found[-1] == ("answer", "left")
    assert sum(len(str(value)) for kind, value in found if kind != "gap") == LONGEST


def test_a_completion_of_the_longest_length_is_whole() -> None:
    assert pieces("x" * LONGEST, None) == [("text", "x" * LONGEST)]


def test_many_answer_lines_take_no_long_time() -> None:
    completion = "answer: " * 2_000 + "answer" + " " * 3_000
    assert answer_span(completion, "left") is None


@given(st.text(max_size=200), st.text(max_size=5))
def test_the_pieces_are_the_whole_visible_completion(completion: str, extracted: str) -> None:
    assert "".join(str(value) for _, value in pieces(completion, extracted)) == visible(completion)


def test_the_part_that_decided_is_marked_as_recorded() -> None:
    text = "left or right?\nThe answer is right.\x1b It is right."
    start = text.index("The answer")
    assert pieces(text, "right", [start, start + 20]) == [
        ("text", "left or right?\n"),
        ("answer", "The answer is right."),
        ("text", visible("\x1b It is right.")),
    ]
    assert pieces("none of them", None, [0, 4]) == [("answer", "none"), ("text", " of them")]


@pytest.mark.parametrize("span", [[], [3], [5, 2], [-1, 4], [0, 10_000], [0, 0]])
def test_a_span_outside_the_completion_is_not_used(span: list[int]) -> None:
    assert pieces("Answer: left", "left", span) == pieces("Answer: left", "left")


@pytest.mark.parametrize("place", [0, LONGEST // 2 - 2, LONGEST, 2 * LONGEST])
def test_the_part_is_marked_in_what_is_shown_of_a_long_completion(place: int) -> None:
    text = "x" * (2 * LONGEST + 10)
    found = pieces(text, "x", [place, place + 5])
    shown = sum(len(piece) for kind, piece in found if kind != "gap")
    assert shown == LONGEST
    assert any(kind == "answer" for kind, _ in found) == (place != LONGEST)
