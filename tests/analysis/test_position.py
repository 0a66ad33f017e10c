"""Preference for a place in the list of options: known models have known numbers."""

import math

import pytest

from misground.analysis.flat import flat
from misground.analysis.position import PROBABILITY, STATED, position_rows
from misground.analysis.tables import report_tables

from .conftest import row
from .habits import answered, coin, first, mostly_first, questions

ASKED = questions()


def test_always_the_first_option(read) -> None:
    one, two = position_rows(read(answered(first, ASKED)))
    assert (one.place, one.chosen, one.accuracy, one.difference) == (1, 1, 1, 1)
    assert (two.place, two.chosen, two.accuracy, two.difference) == (2, 0, 0, -1)
    right = sum(question["options"][0] == question["answer"] for question in ASKED) / len(ASKED)
    assert (one.there, one.n) == (pytest.approx(right), len(ASKED))
    assert one.difference_interval.dependence.reason == "all alike"


def test_mostly_the_first_option_has_an_interval(read) -> None:
    one, two = position_rows(read(answered(mostly_first, ASKED)))
    assert one.chosen == pytest.approx(0.7, abs=0.05)
    assert one.difference == pytest.approx(0.4, abs=0.1)
    assert two.difference == pytest.approx(-one.difference)
    low, high = one.difference_interval.ends
    assert 0 < low < 0.4 < high


def test_a_coin_prefers_no_place(read) -> None:
    one, _ = position_rows(read(answered(coin, ASKED)))
    low, high = one.difference_interval.ends
    assert low < 0 < high


def test_only_stated_options_are_chosen(read) -> None:
    rows = [
        row(0, outcome="correct"),
        row(1, outcome="wrong", extracted="right"),
        row(2, outcome="wrong", extracted="somewhere else"),
        row(3, outcome="no_answer"),
        row(4, outcome="error"),
    ]  # the options are left, right; left is right
    one, two = position_rows(read(rows))
    assert (one.n, one.chosen, two.chosen) == (2, 0.5, 0.5)
    assert (one.there, two.there) == (1, 0)
    assert one.difference is two.difference is two.accuracy is None


def test_three_options_have_three_places(read) -> None:
    planes = ["axial", "coronal", "sagittal"]
    rows = [
        row(number, task="slice_direction", options=planes, answer=planes[number % 3],
            outcome="correct" if number % 3 == 2 else "wrong", extracted="sagittal")
        for number in range(12)
    ]  # fmt: skip
    found = position_rows(read(rows))
    assert [(one.offered, one.place, one.chosen, one.difference) for one in found] == [
        (3, 1, 0, -0.5), (3, 2, 0, -0.5), (3, 3, 1, 1),
    ]  # fmt: skip


def test_probabilities_have_rows_of_their_own(read) -> None:
    scored = [
        {"option": option, "tokens": 1, "raw": math.log(p), "normalised": math.log(p)}
        for option, p in (("left", 0.3), ("right", 0.1))
    ]
    rows = [
        row(number, option_logprobs=scored, answer=answer, outcome="no_answer")
        for number, answer in enumerate(["left", "right", "left", "right"])
    ]
    one, two = position_rows(read(rows))
    assert one.by == two.by == PROBABILITY
    assert (one.chosen, two.chosen) == pytest.approx((0.75, 0.25))
    assert (one.accuracy, two.accuracy) == pytest.approx((0.75, 0.25))
    assert one.difference == pytest.approx(0.5)


@pytest.mark.parametrize("options", [None, ["up", "down"], ["left"]])
def test_unknown_options_have_no_rows(read, options) -> None:
    run = read([row(number, options=options) for number in range(3)])
    assert position_rows(run) == []
    assert "position" not in {table.name for table in report_tables([run])}


def test_the_table_is_a_flat_file_of_numbers(read) -> None:
    tables = {table.name: flat(table) for table in report_tables([read(answered(mostly_first, ASKED))])}
    found = tables["position"]
    assert found["by"].to_list() == [STATED, STATED]
    assert found["chosen"].sum() == pytest.approx(1)
    assert found["place"].to_list() == [1, 2]
