"""The claims of the report's statistics, simulated: a fast form of `benchmarks/bench_coverage.py`.

The limits are those of the benchmark, widened by what chance adds to so few draws.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import bench_coverage  # noqa: E402
from simulated import cases_alone, drawn_design  # noqa: E402

DRAWS = 40
SLACK = 0.12
"""Three standard errors of a share of 7% in 40 draws."""


@pytest.fixture(scope="module")
def designs():
    return drawn_design(3, 6, 4_000)


@pytest.fixture
def random():
    return np.random.default_rng(4)


def assert_kept(lines) -> None:
    found = list(lines)
    assert found
    for line in found:
        assert line.least is None or line.share >= line.least - SLACK, str(line)
        assert line.most is None or line.share <= line.most + SLACK, str(line)


def test_intervals_of_accuracies_hold_for_shared_cases_pairs_and_structures(designs, random) -> None:
    assert_kept(bench_coverage.coverage({"knee": designs["knee"]}, DRAWS, random))


def test_no_difference_is_seldom_called_one(designs, random) -> None:
    assert_kept(bench_coverage.differences({"knee": designs["knee"]}, DRAWS, random))


def test_p_better_is_seldom_extreme_without_a_difference(random) -> None:
    assert_kept(bench_coverage.posterior(DRAWS, random, cases=(2, 5, 30)))


def test_intervals_near_one_hold(random) -> None:
    assert_kept(bench_coverage.ceiling(DRAWS, random))


def test_the_limit_over_samples_holds_that_limit(random) -> None:
    assert_kept(bench_coverage.limits(DRAWS, random))


def test_a_verdict_is_the_intervals_alone(random) -> None:
    lines = list(bench_coverage.one_gate(DRAWS, random))
    assert all(0.2 < line.share < 1.0 for line in lines)
    assert all(line.kept for line in lines)


def test_the_error_is_about_that_of_a_crossed_mixed_model(designs, random) -> None:
    (line,) = bench_coverage.beside_mixed(designs["knee"], 12, random)
    assert line.share >= line.least - SLACK
    ratio = float(line.also.split(" times")[0].rpartition(" ")[2])
    assert 0.8 < ratio < 1.8


def test_reports_on_nothing_call_nothing_and_a_large_gain_is_called(designs, random) -> None:
    both = designs["all"]
    nothing = list(bench_coverage.reports(both, 4, 0.0, random))
    assert not [one for report in nothing for one in report if one.verdict in {"higher", "lower"}]
    assert all(len([one for one in report if one.p is not None]) > 10 for report in nothing)
    for report in bench_coverage.reports(both, 3, 0.4, random):
        (gain,) = [one for one in report if one.table == "decoding"]
        assert gain.verdict == "higher"


def test_cases_alone_share_no_structure() -> None:
    assert (cases_alone([2, 3]).structures == -1).all()
