"""Which questions are asked: filters, and limits that keep items whole."""

from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.errors import UsageError
from misground.evaluation.selection import filtered, limited, parse_filter

RELATIONS = 24


def rows(items: int = 24) -> list[dict[str, Any]]:
    """Items of four strata, signs and places in turn, as they lie on disk: one after the other."""
    made = []
    strata = list(product(("in_plane", "cross_slice"), ("axial", "coronal")))
    for number in range(items):
        task, plane = strata[number * len(strata) // items]
        right = number % 2
        made += [
            {
                "question_id": f"q{number}-{place}",
                "item_id": f"i{number}",
                "case_id": f"c{number % 3}",
                "task": task,
                "modality": "ct",
                "dimension": "3d",
                "plane": plane,
                "axis": "z",
                "evidence": {"p_a_greater": 1.0, "delta_mm": 20.0 * (-1) ** (number // 2)},
                "stack_reversed": bool(number // 4 % 2),
                "options": ["superior", "inferior"],
                "answer": ["superior", "inferior"][right],
                "condition": "text_only" if place < 2 else "image",
                "structure_a": "liver",
                "structure_b": None,
            }
            for place in range(RELATIONS)
        ]
    return made


def test_a_filter_takes_columns_and_alternatives() -> None:
    assert parse_filter(["task=in_plane, plane=axial|coronal", "condition=image"]) == {
        "task": {"in_plane"},
        "plane": {"axial", "coronal"},
        "condition": {"image"},
    }


def test_no_filter_wants_nothing() -> None:
    assert parse_filter([]) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("in_plane", "expected COLUMN=VALUE"),
        ("task=", "expected COLUMN=VALUE"),
        ("task=in_plane,", "expected COLUMN=VALUE"),
        ("answer=left", "unknown column 'answer'"),
        ("task=in_plane,task=cross_slice", "gives task twice"),
    ],
)
def test_a_filter_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_filter([text])


def test_all_filtered_columns_hold_in_what_is_left() -> None:
    left = filtered(rows(), parse_filter(["task=in_plane,plane=axial"]))
    assert {(row["task"], row["plane"]) for row in left} == {("in_plane", "axial")}
    assert len(left) == 6 * RELATIONS


def test_a_value_that_does_not_occur_is_named_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="no question has plane=sagittal, expected one of axial, coronal"):
        filtered(rows(), parse_filter(["plane=axial|sagittal"]))


def test_values_that_never_meet_leave_nothing_and_say_so() -> None:
    few = [row for row in rows() if (row["task"], row["plane"]) != ("in_plane", "axial")]
    with pytest.raises(UsageError, match="matches no question; drop one of task=in_plane, plane=axial"):
        filtered(few, parse_filter(["task=in_plane,plane=axial"]))


@pytest.mark.parametrize("limit", [None, 24 * RELATIONS, 100_000])
def test_a_limit_that_does_not_bind_keeps_everything(limit: int | None) -> None:
    assert limited(rows(), limit) == rows()


@given(st.integers(RELATIONS, 24 * RELATIONS))
def test_a_limit_keeps_items_whole_and_the_order(limit: int) -> None:
    kept = limited(rows(), limit)
    assert len(kept) <= limit < len(kept) + RELATIONS or len(kept) == limit
    assert set(Counter(row["item_id"] for row in kept).values()) == {RELATIONS}
    assert kept == [row for row in rows() if row in kept]


@given(st.integers(1, 24))
def test_a_limit_takes_strata_in_turn(items: int) -> None:
    kept = limited(rows(), items * RELATIONS)
    counts = Counter((row["task"], row["plane"]) for row in kept)
    every = [
        counts[stratum] // RELATIONS for stratum in product(("in_plane", "cross_slice"), ("axial", "coronal"))
    ]
    assert max(every) - min(every) <= 1


@pytest.mark.parametrize("items", [8, 16])
def test_a_limit_balances_signs_within_each_stratum(items: int) -> None:
    kept = limited(rows(), items * RELATIONS)
    for task, plane in product(("in_plane", "cross_slice"), ("axial", "coronal")):
        signs = Counter(
            row["evidence"]["delta_mm"] > 0 for row in kept if (row["task"], row["plane"]) == (task, plane)
        )
        assert signs[True] == signs[False]


def test_a_limit_below_the_smallest_item_is_refused() -> None:
    with pytest.raises(UsageError, match="--limit is 5, and the smallest item has 24 questions"):
        limited(rows(), 5)


def test_items_without_evidence_can_be_limited() -> None:
    plain = [{**row, "evidence": None, "axis": None} for row in rows(4)]
    assert len(limited(plain, 2 * RELATIONS)) == 2 * RELATIONS
