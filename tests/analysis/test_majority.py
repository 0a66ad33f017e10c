"""The majority of the replies to a question."""

import pytest

pytest.importorskip("polars")

from misground.analysis.majority import majority, tokens_a_question

from .conftest import row


def run_of(read, said: dict[int, list[str | None]]):
    """A run with these replies to each question, whose right answer is that of the row; "!" is an error."""
    rows = []
    for number, replies in said.items():
        for epoch, extracted in enumerate(replies, 1):
            one = row(number)
            outcome = (
                "no_answer" if extracted is None else "correct" if extracted == one["answer"] else "wrong"
            )
            outcome = "error" if extracted == "!" else outcome
            rows.append(
                one
                | {
                    "epoch": epoch,
                    "outcome": outcome,
                    "extracted": None if outcome == "error" else extracted,
                    "output_tokens": None if outcome == "error" else 10,
                }
            )
    return read(rows)


@pytest.fixture
def options():
    answer = row(0)["answer"]
    other = next(option for option in row(0)["options"] if option != answer)
    return answer, other


def outcome(read, replies) -> str:
    found = majority(run_of(read, {0: replies}), 3)
    assert found is not None
    (told,) = found.replies["outcome"].to_list()
    counts = found.questions.row(0, named=True)
    assert (counts["replies"], counts["correct"]) == (1, told == "correct")
    return told


def test_two_of_three_decide(read, options) -> None:
    right, wrong = options
    assert outcome(read, [wrong, right, right]) == "correct"
    assert outcome(read, [right, wrong, wrong]) == "wrong"


def test_of_a_tie_the_first_wins(read, options) -> None:
    right, wrong = options
    assert outcome(read, [None, right, wrong]) == "correct"
    assert outcome(read, [None, wrong, right]) == "wrong"


def test_one_answer_beats_none(read, options) -> None:
    assert outcome(read, [None, None, options[0]]) == "correct"
    assert outcome(read, [None, None, None]) == "no_answer"


def test_errors_are_no_replies_and_the_next_ones_count(read, options) -> None:
    right, wrong = options
    assert outcome(read, ["!", wrong, right, right]) == "correct"
    assert majority(run_of(read, {0: ["!", wrong, right]}), 3) is None


def test_only_the_first_replies_count_and_all_their_tokens(read, options) -> None:
    right, wrong = options
    run = run_of(read, {0: [right, right, wrong, wrong, wrong], 1: [wrong, wrong, right, right, right]})
    three, five = majority(run, 3), majority(run, 5)
    assert three.questions["correct"].to_list() == [1, 0]
    assert five.questions["correct"].to_list() == [0, 1]
    assert (tokens_a_question(run), tokens_a_question(three), tokens_a_question(five)) == (10, 30, 50)
    assert (three.arm, five.run_id) == ("majority-3", f"{run.run_id}-majority-5")


def test_questions_with_fewer_replies_are_left_out(read, options) -> None:
    right = options[0]
    found = majority(run_of(read, {0: [right] * 3, 1: [right] * 2}), 3)
    assert len(found.questions) == 1
