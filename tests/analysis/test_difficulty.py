"""Accuracy by distance: bins of equal mass of items, for each modality by itself."""

import pytest

from misground.analysis.difficulty import BINS, SMALLEST_BIN, distance_rows
from misground.analysis.flat import flat
from misground.analysis.tables import report_tables

from .habits import answered, other, questions

ASKED = questions()


def near_is_hard(question, random) -> str:
    """Right in 5 of 10 where the structures are near, in 9 of 10 where they are far."""
    chance = 0.5 if question["evidence"]["delta_mm"] < 25 else 0.9
    return question["answer"] if random.random() < chance else other(question)


def test_bins_hold_as_many_items_each_and_follow_the_distance(read) -> None:
    rows = distance_rows(read(answered(near_is_hard, ASKED)))
    assert [(one.low, one.high) for one in rows] == [(10, 24), (25, 39), (40, 54), (55, 69)]
    assert [one.estimate.n for one in rows] == [240] * BINS
    assert rows[0].difference is None
    for one in rows[1:]:
        assert one.difference == pytest.approx(one.estimate.accuracy - rows[0].estimate.accuracy)
        assert one.interval.low < 0.4 < one.interval.high
        assert one.interval.low > 0


def test_the_distance_has_no_sign(read) -> None:
    asked = [
        {**one, "evidence": {"p_a_greater": 0.0, "delta_mm": -one["evidence"]["delta_mm"]}} for one in ASKED
    ]
    first, *_ = distance_rows(read(answered(near_is_hard, asked)))
    assert (first.low, first.high) == (10, 24)


def test_modalities_are_apart(read) -> None:
    asked = [{**one, "modality": "mri" if one["item_id"] < "i030" else "ct"} for one in ASKED]
    rows = distance_rows(read(answered(near_is_hard, asked)))
    assert [one.modality for one in rows] == ["ct"] * BINS + ["mri"] * BINS
    assert rows[0].low > rows[-1].high


@pytest.mark.parametrize("evidence", [None, {"p_a_greater": None, "delta_mm": None}])
def test_without_evidence_there_are_no_rows(read, evidence) -> None:
    run = read([{**one, "evidence": evidence} for one in answered(near_is_hard, ASKED)])
    assert distance_rows(run) == []
    assert "distance" not in {table.name for table in report_tables([run])}


def test_too_few_items_for_two_bins_have_no_rows(read) -> None:
    few = 2 * SMALLEST_BIN - 1
    assert distance_rows(read(answered(near_is_hard, ASKED[: 16 * few]))) == []
    assert len(distance_rows(read(answered(near_is_hard, ASKED[: 16 * (few + 1)]), "more"))) == 2


def test_the_table_is_a_flat_file_of_numbers(read) -> None:
    tables = {table.name: flat(table) for table in report_tables([read(answered(near_is_hard, ASKED))])}
    found = tables["distance"]
    assert found["n"].sum() == len(ASKED)
    assert found["minus_nearest"].to_list()[0] is None
    assert found["lowest_mm"].is_sorted()
