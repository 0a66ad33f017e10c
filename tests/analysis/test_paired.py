"""Pairs: difference, four outcomes, and how sure it is that B is better."""

import numpy as np
import pytest
from scipy import stats

from misground.analysis.dependence import Groups
from misground.analysis.paired import compare


def cases(ids) -> Groups:
    return Groups.of_cases(np.array(ids))


def test_with_one_reply_each_the_four_outcomes_are_counts() -> None:
    a = np.array([1, 1, 1, 0, 0, 0, 0], dtype=float)
    b = np.array([1, 0, 1, 1, 1, 1, 0], dtype=float)
    found = compare(a, b, cases(range(7)))
    table = found.table
    assert (table.both, table.only_a, table.only_b, table.neither) == (2, 1, 3, 1)
    assert (found.n, found.difference) == (7, pytest.approx(2 / 7))


def test_with_epochs_the_four_outcomes_keep_their_margins() -> None:
    a, b = np.random.default_rng(1).random((2, 50))
    table = compare(a, b, cases(range(50))).table
    assert table.both + table.only_a == pytest.approx(a.sum())
    assert table.both + table.only_b == pytest.approx(b.sum())
    assert table.both + table.only_a + table.only_b + table.neither == pytest.approx(50)


def test_probability_and_p_value_are_those_of_a_paired_t_test() -> None:
    a, b = np.random.default_rng(4).random((2, 30))
    found, expected = compare(a, b, cases(range(30))), stats.ttest_rel(b, a)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.better == pytest.approx(stats.t.cdf(expected.statistic, 29))
    low, high = expected.confidence_interval(0.95)
    assert found.robust.ends == pytest.approx((low, high))
    assert (found.by_case.low, found.by_case.high) == pytest.approx((low, high))


def test_nothing_that_differs_has_no_probability() -> None:
    same = np.ones(40)
    for ids in (range(40), [0] * 40):
        found = compare(same, same, cases(ids))
        assert (found.better, found.p, found.robust.ends, found.difference) == (None, None, None, 0.0)


def test_pairs_of_few_cases_are_not_taken_for_many() -> None:
    """Ninety pairs of three cases that all favour B somewhat: the cases count."""
    random = np.random.default_rng(0)
    b = np.clip(0.5 + random.normal(0, 0.2, 90), 0, 1)
    few = compare(np.full(90, 0.45), b, cases(np.arange(90) % 3))
    many = compare(np.full(90, 0.45), b, cases(range(90)))
    assert few.robust.dependence.freedom == 2
    assert few.better < many.better
