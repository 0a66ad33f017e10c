"""The standard error of a mean over questions that share cases and structures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.analysis.dependence import NONE, Groups, dependence

statsmodels = pytest.importorskip("statsmodels.api")


def grouped(cases, structures=None, items=None) -> Groups:
    cases = np.array(cases, dtype=int)
    none = np.full((len(cases), 2), NONE)
    return Groups(
        cases,
        none if structures is None else np.array(structures, dtype=int),
        np.arange(len(cases)) if items is None else np.array(items, dtype=int),
    )


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 6))
def test_equal_cases_alone_give_the_clustered_error_of_a_regression_on_a_constant(seed, cases, each) -> None:
    values = np.random.default_rng(seed).random(cases * each)
    clusters = np.repeat(np.arange(cases), each)
    found = dependence(values, Groups.of_cases(clusters))
    fit = statsmodels.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "df_correction": True}, use_t=True
    )
    assert found.error == pytest.approx(fit.bse[0], rel=1e-9)
    assert (found.freedom, found.cases, found.structures) == (cases - 1, cases, 0)


def test_unequal_cases_give_the_jackknife_by_definition() -> None:
    values = np.array([1.0, 0.0, 0.5, 1.0, 1.0, 0.0])
    cases = np.array([0, 0, 0, 1, 1, 2])
    left_out = np.array([values[cases != case].mean() for case in range(3)])
    expected = np.sqrt(2 / 3 * np.square(left_out - values.mean()).sum())
    assert dependence(values, Groups.of_cases(cases)).error == pytest.approx(expected)


def test_leaving_out_a_structure_leaves_out_all_that_is_asked_about_it() -> None:
    pairs = [(a, b) for a in range(4) for b in range(a)]
    values = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.5])
    found = dependence(values, grouped(range(6), pairs))
    left_out = np.array(
        [np.mean([v for v, p in zip(values, pairs, strict=True) if s not in p]) for s in range(4)]
    )
    by_structure = 3 / 4 * np.square(left_out - values.mean()).sum()
    by_case = values.var(ddof=1) / 6  # every case has one item: leaving it out is leaving out the item
    assert found.error == pytest.approx(
        np.sqrt(max(by_case + by_structure - 2 * by_case, by_case, by_structure))
    )
    assert (found.freedom, found.cases, found.structures, found.items) == (3, 6, 4, 6)


def test_effects_of_the_structures_are_found_whole() -> None:
    """Effects of ten structures alone, every pair once: the estimate is right on average, not 0.6 of it."""
    random = np.random.default_rng(5)
    pairs = np.array([(a, b) for a in range(10) for b in range(a)])
    squares = []
    for _ in range(4_000):
        effect = random.normal(size=10)
        found = dependence(effect[pairs].sum(axis=1), grouped(range(len(pairs)), pairs))
        squares.append(found.error**2)
    assert np.mean(squares) == pytest.approx(
        4 / 10, rel=0.05
    )  # the variance of twice the mean of ten effects


def test_wordings_of_an_item_add_nothing() -> None:
    random = np.random.default_rng(3)
    pairs = np.array([(a, b) for a in range(6) for b in range(a)])
    values, cases = random.random(len(pairs)), random.integers(0, 5, len(pairs))
    one = dependence(values, grouped(cases, pairs))
    repeated = np.repeat(np.arange(len(pairs)), 24)
    many = dependence(values[repeated], grouped(cases[repeated], pairs[repeated], repeated))
    assert many.error == pytest.approx(one.error)
    assert (many.items, many.freedom) == (one.items, one.freedom)


def test_ids_may_be_any_integers_and_a_structure_named_twice_counts_once() -> None:
    values = np.array([1.0, 0.0, 0.0, 1.0])
    cases = [7, 7, 1_000_000, -5]
    once = dependence(values, grouped(cases, [[0, NONE], [1, NONE], [2, NONE], [0, NONE]]))
    twice = dependence(values, grouped(cases, [[30, 30], [11, 11], [12, 12], [30, 30]]))
    assert once.error == pytest.approx(twice.error)
    assert (once.structures, once.freedom) == (twice.structures, twice.freedom) == (3, 2)


@pytest.mark.parametrize(
    ("values", "cases", "structures", "reason"),
    [
        ([], [], None, "no questions"),
        ([1.0, 0.0], [3, 3], None, "one case"),
        ([1.0, 1.0, 1.0], [0, 1, 2], None, "all alike"),
    ],
)
def test_where_all_hang_together_there_is_none_and_a_reason(values, cases, structures, reason) -> None:
    structures = np.zeros((0, 2)) if structures is None and not cases else structures
    found = dependence(np.array(values), grouped(cases, structures))
    assert (found.error, found.reason) == (None, reason)


def test_questions_without_structures_hang_together_by_case_alone() -> None:
    values = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    cases = [0, 0, 1, 1, 2]
    assert dependence(values, grouped(cases)).structures == 0
    mixed = dependence(values, grouped(cases, [[NONE, NONE], [0, 1], [1, 2], [NONE, NONE], [2, 3]]))
    assert (mixed.structures, mixed.fixed, mixed.freedom) == (4, 0, 2)
    assert mixed.error >= dependence(values, grouped(cases)).error


def test_a_difference_between_two_sets_is_left_out_on_both_sides() -> None:
    values = np.array([1.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.5])
    cases = np.array([0, 0, 1, 1, 2, 2, 0])
    side = np.array([0, 1, 0, 1, 0, 1, 1], dtype=bool)

    def difference(kept: np.ndarray) -> float:
        return values[kept & side].mean() - values[kept & ~side].mean()

    whole = difference(np.full(7, True))
    expected = np.sqrt(2 / 3 * sum((difference(cases != case) - whole) ** 2 for case in range(3)))
    assert dependence(values, Groups.of_cases(cases), side).error == pytest.approx(expected)


def test_a_difference_needs_questions_on_both_sides() -> None:
    groups = Groups.of_cases(np.arange(3))
    found = dependence(np.array([1.0, 0.0, 1.0]), groups, np.array([True, True, True]))
    assert (found.error, found.reason) == (None, "questions on one side alone")
    found = dependence(np.array([1.0, 0.0, 1.0]), groups, np.array([False, True, True]))
    assert (found.error, found.reason) == (None, "one case")


def test_a_structure_in_every_question_does_not_vary() -> None:
    """One pair: the interval is for these very structures. One shared structure: the others vary."""
    values, cases = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 2])
    alone = dependence(values, grouped(cases))
    pair = dependence(values, grouped(cases, [[5, 9], [9, 5], [5, 9], [5, 9]]))
    assert (pair.error, pair.freedom) == (alone.error, 2)
    assert (pair.structures, pair.fixed) == (2, 2)
    star = dependence(values, grouped(cases, [[0, 1], [2, 0], [0, 3], [1, 0]]))
    others = dependence(values, grouped(cases, [[1, NONE], [2, NONE], [3, NONE], [1, NONE]]))
    assert (star.error, star.freedom) == (others.error, others.freedom)
    assert (star.structures, star.fixed) == (4, 1)


def test_cases_that_are_alike_have_no_error_although_their_questions_differ() -> None:
    values = np.array([1.0, 0.0] * 4)
    found = dependence(values, Groups.of_cases(np.repeat(np.arange(4), 2)))
    assert (found.error, found.reason) == (None, "all cases alike")
