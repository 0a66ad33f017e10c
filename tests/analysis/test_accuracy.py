"""Accuracy: the question is the unit, errors are in no n."""

import numpy as np
import pytest
from scipy import integrate

pytest.importorskip("scorio")

from scorio.eval import avg_ci

from misground.analysis.accuracy import sampling_limit
from misground.analysis.cells import estimate_of
from misground.analysis.robust import credible_interval

from .conftest import row


@pytest.mark.parametrize(("k", "n"), [(0, 0), (0, 7), (7, 7), (3, 10), (41, 60), (2.4, 9)])
def test_the_credible_interval_holds_95_percent_of_the_posterior_in_its_middle(k, n) -> None:
    low, high = credible_interval(k, n)

    def density(p: float) -> float:
        return p**k * (1 - p) ** (n - k)

    whole, _ = integrate.quad(density, 0, 1)
    below, _ = integrate.quad(density, 0, low)
    above, _ = integrate.quad(density, high, 1)
    assert (below / whole, above / whole) == pytest.approx((0.025, 0.025), abs=1e-6)


def test_no_question_leaves_the_whole_range() -> None:
    assert credible_interval(0, 0) == pytest.approx((0.025, 0.975))


def test_the_mean_over_epochs_is_the_unit_and_errors_are_in_no_n(read) -> None:
    outcomes = {
        0: ["correct", "wrong", "no_answer", "correct"],
        1: ["error", "error", "error", "error"],
        2: ["refused", "error", "correct", "error"],
    }
    run = read(
        row(number, epoch=epoch, outcome=outcome)
        for number, epochs in outcomes.items()
        for epoch, outcome in enumerate(epochs, 1)
    )
    found = estimate_of(run.questions)
    assert (found.k, found.n, found.fraction) == (1.0, 2, "1/2")
    assert found.accuracy == 0.5
    assert (found.no_answer, found.refused) == (0.125, 0.25)
    assert found.error == 0.5  # 6 of 12 replies
    assert found.limit is not None
    assert found.limit.n == 1  # one question has all its replies


def test_a_fraction_of_epochs_shows_as_one() -> None:
    from misground.analysis.accuracy import Estimate  # noqa: PLC0415
    from misground.analysis.clusters import Clustered  # noqa: PLC0415
    from misground.analysis.dependence import Dependence  # noqa: PLC0415
    from misground.analysis.robust import Robust  # noqa: PLC0415

    none = Robust(None, None, None, Dependence(None, 0, 0, 0, 0))
    rest = (none, Clustered(None, None, 0), (0.0, 1.0), None, 0, 0, 0)
    assert Estimate(41.4, 60, *rest).fraction == "41.4/60"
    assert Estimate(41.0, 60, *rest).fraction == "41/60"


def test_the_limit_over_more_samples_is_scorios_and_asks_for_three_epochs() -> None:
    replies = np.random.default_rng(5).integers(0, 2, (30, 5)).astype(np.int8)
    found = sampling_limit(replies)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(avg_ci(replies.astype(int), bounds=(0, 1))[2:])
    assert sampling_limit(replies[:, :2]) is None
    gap = replies.copy()
    gap[0, 0] = -1
    without = sampling_limit(gap)
    assert without is not None
    assert without.n == 29
    assert (without.low, without.high) == pytest.approx(avg_ci(replies[1:].astype(int), bounds=(0, 1))[2:])


def test_without_a_scored_reply_accuracy_is_no_number(read) -> None:
    found = estimate_of(read([row(0, outcome="error")]).questions)
    assert (found.n, found.fraction, found.robust.dependence.reason) == (0, "0/0", "no questions")
    assert np.isnan(found.accuracy)
    assert found.error == 1.0
