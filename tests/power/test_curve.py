"""Curves of detectable differences: what is read off, and what is beyond reach."""

import math

import pytest

from misground.analysis.dependence import Dependence, Parts
from misground.analysis.planned import detectable
from misground.power.curve import MOST_TIMES, curve, freedom
from misground.power.curves import by_pilot, needs_of


def falling(times: float) -> float:
    return 0.2 / math.sqrt(times)


def limited(times: float) -> float:
    return math.sqrt(0.05**2 + 0.2**2 / times)


def test_four_times_the_cases_show_half_the_difference() -> None:
    found = curve({times: falling(times) for times in (1, 2, 4)}, falling)
    assert found.needed(0.1) == pytest.approx(4)
    assert found.needed(0.2 / math.sqrt(3)) == pytest.approx(3)
    assert found.needed(0.02) == pytest.approx(100)
    assert found.limit == 0


def test_what_the_structures_limit_is_never_reached() -> None:
    found = curve({times: limited(times) for times in (1, 2, 4)}, limited)
    assert found.limit == pytest.approx(0.05)
    assert found.needed(0.049) is None
    assert found.needed(0.1) == pytest.approx(5.33, rel=0.05)


def test_beyond_the_most_cases_no_number_is_named() -> None:
    needs = needs_of(curve({1: falling(1)}, falling), 0.2 / math.sqrt(2 * MOST_TIMES), 10, 240)
    assert (needs.cases, needs.questions, needs.limit) == (None, None, 0)


def test_cases_and_questions_are_whole_and_the_smallest_number_is_at_most() -> None:
    found = curve({times: falling(times) for times in (0.5, 1)}, falling)
    needs = needs_of(found, 0.1, 10, 245)
    assert (needs.cases, needs.questions, needs.at_most) == (40, 980, False)
    fewest = needs_of(found, 0.9, 10, 245)
    assert (fewest.cases, fewest.questions, fewest.at_most) == (5, 123, True)


def test_a_curve_that_chance_lets_rise_is_level() -> None:
    assert curve({1: 0.2, 2: 0.21, 4: 0.1}, lambda _: 0.1).differences[:3] == [0.2, 0.2, 0.1]


def test_structures_that_do_not_vary_do_not_limit_the_freedom() -> None:
    about = Dependence(0.1, 4, 5, 2, 50, fixed=2)
    assert freedom(about, 4) == 19
    assert freedom(Dependence(0.1, 4, 5, 10, 50), 4) == 9
    assert freedom(Dependence(None, 0, 1, 10, 5), 1) == 1


def test_a_pilot_of_the_whole_benchmark_keeps_its_error() -> None:
    parts = Parts(0.001, 0.0005, 0.0007, 2.0)
    pilot = Dependence(math.sqrt(parts.variance()), 9, 10, 20, 100, parts=parts)
    found = by_pilot(pilot, pilot, 0.05)
    assert found.at(1.0) == pytest.approx(detectable(math.sqrt(0.0022), 9))
    assert found.limit == pytest.approx(detectable(math.sqrt(0.0005), 19))


def test_a_pilot_of_a_part_is_scaled_to_the_benchmark() -> None:
    parts = Parts(0.004, 0.0, 0.002, 2.0)
    pilot = Dependence(math.sqrt(parts.variance()), 4, 5, 20, 50, parts=parts)
    whole = Dependence(None, 0, 20, 20, 200)
    assert by_pilot(pilot, whole, 0.05).at(1.0) == pytest.approx(detectable(math.sqrt(0.0015), 19))
