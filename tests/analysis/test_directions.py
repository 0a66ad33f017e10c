"""Which direction was said for which: exact small cases."""

import pytest

from misground.analysis.cells import estimate_of, select
from misground.analysis.directions import OPPOSITES, Said, confusion, directions
from misground.analysis.robust import credible_interval

from .conftest import row


def upright(number: int, answer: str, said: str | None, outcome: str = "wrong", **more: object) -> dict:
    outcome = "correct" if said == answer else outcome
    return row(number, axis="z", answer=answer, extracted=said, outcome=outcome, **more)


def test_superior_that_became_inferior_is_counted_against_superior(read) -> None:
    run = read(
        [
            upright(0, "superior", "superior"),
            upright(1, "superior", "inferior"),
            upright(2, "superior", "inferior"),
            upright(3, "superior", None, "no_answer"),
            upright(4, "inferior", "inferior"),
        ]
    )
    assert confusion(run, "anatomical") == [
        Said("superior", "superior", 1.0, 4),
        Said("superior", "inferior", 2.0, 4),
        Said("superior", "no_answer", 1.0, 4),
        Said("inferior", "superior", 0.0, 1),
        Said("inferior", "inferior", 1.0, 1),
    ]


def test_a_question_counts_once_whatever_its_epochs_and_an_error_is_in_no_count(read) -> None:
    run = read(
        [
            upright(0, "superior", "superior", epoch=1),
            upright(0, "superior", "inferior", epoch=2),
            upright(0, "superior", "inferior", epoch=3),
            upright(0, "superior", None, "error", epoch=4),
            upright(1, "superior", None, "error", epoch=1),
        ]
    )
    said = confusion(run, "anatomical")
    assert [(cell.said, cell.n) for cell in said] == [("superior", 1), ("inferior", 1)]
    assert [cell.k for cell in said] == pytest.approx([1 / 3, 2 / 3])


def test_the_diagonal_is_the_accuracy_and_a_right_answer_sums_to_its_questions(read) -> None:
    rows = [
        upright(
            n, ("superior", "inferior")[n % 2], ("superior", "inferior", None)[n % 3], "refused", epoch=epoch
        )
        for n in range(12)
        for epoch in (1, 2)
    ]
    run = read(rows)
    said = confusion(run, "anatomical")
    for answer in ("superior", "inferior"):
        estimate = estimate_of(select(run.questions, answer=answer))
        mine = {cell.said: cell for cell in said if cell.answer == answer}
        assert mine[answer].share == pytest.approx(estimate.accuracy)
        assert mine[answer].credible == credible_interval(mine[answer].k, 6)
        assert sum(cell.k for cell in mine.values()) == pytest.approx(estimate.n)


def test_a_word_of_other_terms_is_other(read) -> None:
    run = read([upright(0, "superior", "above"), upright(1, "superior", None)])
    assert [(cell.said, cell.k) for cell in confusion(run, "anatomical")][-1] == ("other", 2.0)


def test_only_relations_with_the_picture_count_unless_told(read) -> None:
    run = read(
        [
            upright(0, "superior", "superior"),
            upright(1, "superior", "inferior", condition="text_only"),
            upright(2, "superior", "inferior", task="stack_order"),
        ]
    )
    assert confusion(run, "anatomical")[0].n == 1
    assert confusion(run, "anatomical", condition="text_only")[1] == Said("superior", "inferior", 1.0, 1)
    assert confusion(run, "colloquial") == []
    assert confusion(run, "unheard of") == []


@pytest.mark.parametrize("terms", OPPOSITES)
def test_opposites_stand_side_by_side_and_no_word_twice(terms: str) -> None:
    words = directions(terms)
    assert len(set(words)) == len(words) == 2 * len(OPPOSITES[terms])
    assert tuple(zip(words[::2], words[1::2], strict=True)) == OPPOSITES[terms]
