"""Brier score, bins of equal mass and calibration error, against values worked out by hand."""

import numpy as np
import pytest

from misground.analysis.calibration import calibration
from misground.analysis.dependence import Groups
from misground.analysis.robust import robust_mean


def found(confidence, right, clusters=None):
    confidence, right = np.array(confidence, float), np.array(right, float)
    brier = 2 * (right - confidence) ** 2  # of two options
    ids = np.arange(len(right)) if clusters is None else np.array(clusters)
    return calibration(confidence, right, brier, Groups.of_cases(ids))


def test_one_bin_by_hand() -> None:
    one = found([0.9, 0.8, 0.6, 0.7], [1, 0, 1, 1])
    assert (one.n, one.confidence, one.right) == (4, 0.75, 0.75)
    assert one.brier == pytest.approx(2 * (0.01 + 0.64 + 0.16 + 0.09) / 4)
    assert one.error == pytest.approx(0.0)  # in one bin, under- and overconfidence cancel
    assert [bin_.n for bin_ in one.bins] == [4]


def test_two_bins_by_hand() -> None:
    # The ten least confident say 0.6 and are all right, 0.4 too low; the others say 0.9, 0.4 too high.
    two = found([0.6] * 10 + [0.9] * 10, [1] * 10 + [1, 0] * 5)
    assert [(bin_.n, bin_.confidence, bin_.right) for bin_ in two.bins] == [
        (10, pytest.approx(0.6), 1.0),
        (10, pytest.approx(0.9), 0.5),
    ]
    assert two.error == pytest.approx((10 * 0.4 + 10 * 0.4) / 20)
    assert two.brier == pytest.approx((10 * 2 * 0.16 + 5 * 2 * 0.01 + 5 * 2 * 0.81) / 20)


@pytest.mark.parametrize(("n", "sizes"), [(1, [1]), (19, [19]), (25, [13, 12]), (104, [11] * 4 + [10] * 6)])
def test_bins_have_equal_mass_and_at_least_ten_questions(n: int, sizes: list[int]) -> None:
    made = found(np.linspace(0.5, 1, n), np.ones(n))
    assert [bin_.n for bin_ in made.bins] == sizes
    ends = [(bin_.low, bin_.high) for bin_ in made.bins]
    assert ends == sorted(ends)


def test_the_interval_of_the_error_is_that_of_the_signed_gaps_by_cluster() -> None:
    confidence, right = [0.6] * 10 + [0.9] * 10, [1] * 10 + [1, 0] * 5
    cases = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4] * 2
    gaps = np.array([0.4] * 10 + [-0.1, 0.9] * 5)
    wanted = robust_mean(gaps, Groups.of_cases(np.array(cases)), (0.0, 1.0))
    got = found(confidence, right, cases).error_interval
    assert got.dependence.cases == 5
    assert got.ends == pytest.approx(wanted.ends)


def test_one_case_has_no_interval() -> None:
    one = found([0.9, 0.8], [1, 0], [7, 7])
    assert one.error_interval.dependence.reason == one.brier_interval.dependence.reason == "one case"


def test_a_perfectly_calibrated_model_has_a_small_error_that_its_interval_excludes_nothing_of() -> None:
    dice = np.random.default_rng(0)
    confidence = dice.uniform(0.5, 1, 20_000)
    made = found(confidence, dice.random(20_000) < confidence)
    assert made.error < 0.02
    assert all(bin_.interval.low <= bin_.confidence <= bin_.interval.high for bin_ in made.bins[:3])
