"""Intervals that allow for shared cases and structures, and what stands where there is none."""

import numpy as np
import pytest
from scipy import stats

from misground.analysis.dependence import NONE, Groups, dependence
from misground.analysis.robust import above_zero, robust_accuracy, robust_difference, two_sided


def items_of(values: list[float], each: int) -> tuple[np.ndarray, Groups]:
    """So many wordings of each item, an item a case."""
    item = np.repeat(np.arange(len(values)), each)
    return np.array(values)[item], Groups(item, np.full((len(item), 2), NONE), item)


def test_in_the_middle_it_is_students_t() -> None:
    values, groups = items_of([0.0, 1.0, 1.0, 0.5], 3)
    found, error = robust_accuracy(values, groups), np.std([0, 1, 1, 0.5], ddof=1) / 2
    reach = stats.t.ppf(0.975, 3) * error
    assert found.dependence.error == pytest.approx(error)
    assert found.ends == pytest.approx((max(0, 0.625 - reach), 1.0))


def test_near_one_it_is_wilsons_for_as_many_independent_questions() -> None:
    """With independent questions and the quantile of t, Wilson's formula itself."""
    values = np.array([1.0] * 58 + [0.0] * 2)
    found = robust_accuracy(values, Groups.of_cases(np.arange(60)))
    p, t = 58 / 60, stats.t.ppf(0.975, 59)
    n = min(p * (1 - p) / found.dependence.error**2, 60)
    low = (p + t**2 / (2 * n) - t * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))) / (1 + t**2 / n)
    high = (p + t**2 / (2 * n) + t * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))) / (1 + t**2 / n)
    assert found.ends == pytest.approx((low, high))
    assert 58 / 60 < high < 1
    turned = robust_accuracy(1 - values, Groups.of_cases(np.arange(60)))
    assert turned.ends == pytest.approx((1 - high, 1 - low))


def test_all_right_has_a_bound_by_items_and_no_interval() -> None:
    found = robust_accuracy(*items_of([1.0, 1.0, 1.0], 24))
    assert (found.ends, found.dependence.reason) == (None, "all alike")
    assert found.bound == pytest.approx((0.025 ** (1 / 4), 0.975 ** (1 / 4)))
    assert round(100 * found.bound[0], 1) == 39.8


def test_one_case_has_a_bound_and_no_interval() -> None:
    found = robust_accuracy(np.array([1.0, 0.0, 1.0]), Groups.of_cases(np.zeros(3, dtype=int)))
    assert (found.ends, found.dependence.reason) == (None, "one case")
    assert found.bound is not None
    assert found.bound[0] < 0.5 < found.bound[1]


def test_a_difference_is_cut_at_what_is_possible() -> None:
    values, groups = items_of([1.0, -1.0, 1.0], 1)
    assert robust_difference(values, groups).ends == (-1.0, 1.0)
    low, high = robust_difference(2 * values, groups, most=2.0).ends
    assert (low, high) == (-2.0, 2.0)
    narrow = robust_difference(0.01 * values, groups).ends
    assert -1 < narrow[0] < narrow[1] < 1


def test_no_questions_have_nothing() -> None:
    found = robust_accuracy(np.zeros(0), Groups.of_cases(np.zeros(0, dtype=int)))
    assert (found.ends, found.bound, found.dependence.reason) == (None, None, "no questions")


def test_posterior_p_value_and_interval_of_a_difference_agree() -> None:
    random = np.random.default_rng(2)
    groups = Groups.of_cases(np.arange(200) % 12)
    for shift in np.linspace(-0.3, 0.3, 21):
        values = np.clip(random.normal(shift, 0.5, 200), -1, 1)
        found, mean = robust_difference(values, groups), float(values.mean())
        p, better = two_sided(mean, found.dependence), above_zero(mean, found.dependence)
        low, high = found.ends
        assert (low > 0 or high < 0) == (p < 0.05) == (not 0.025 <= better <= 0.975)
        assert min(better, 1 - better) == pytest.approx(p / 2)


def test_two_cases_all_turned_carry_no_verdict() -> None:
    values = np.array([1.0, 1.0])
    found = dependence(values, Groups.of_cases(np.arange(2)))
    assert robust_difference(values, Groups.of_cases(np.arange(2))).ends is None
    assert above_zero(1.0, found) is two_sided(1.0, found) is None
