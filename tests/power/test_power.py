"""What a benchmark is said to show is shown, in runs that the estimate has not seen."""

import itertools

import numpy as np
import polars as pl
import pytest

from misground.analysis.planned import contrasts, planned
from misground.analysis.plans import PLANS
from misground.power.design import Design
from misground.power.made import Assumed, made_pair
from misground.power.measured import measure
from misground.power.power import Power, Row, power
from misground.power.words import notes, rounded_up, summary

from .conftest import questions_of

RUNS = 40


def row_of(found: Power, name: str) -> Row:
    (row,) = (row for row in found.rows if row.plan.name == name)
    return row


@pytest.fixture(scope="module")
def found(design: Design) -> Power:
    return power(design, Assumed(), draws=60)


def test_the_named_difference_is_shown_in_80_percent_of_runs(design: Design, found: Power) -> None:
    rows = [row_of(found, name) for name in ("semantic minus default", "any mark minus none")]
    shown = []
    for row, number in itertools.product(rows, range(RUNS)):
        default, semantic = made_pair(design, Assumed(), 1, (1, number), true=(row.plan, row.interval))
        (one,) = contrasts([default], [(default, semantic)], [row.plan])
        shown.append(one.robust.low > 0)
    assert len(shown) == 2 * RUNS
    assert 0.7 <= np.mean(shown) <= 0.9  # 80 runs of true 80% lie in this with 98%


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_true_difference_is_put_into_its_contrast_alone(design: Design, plan) -> None:
    nothing, effect = (
        {one.name: one.effect for one in planned(made_pair(design, Assumed(0.5), None, (3, 1), true))}
        for true in (None, (plan, 0.04))
    )
    assert effect[plan.name] - nothing[plan.name] == pytest.approx(0.04, abs=0.005)


def test_every_planned_contrast_has_a_row_and_a_finding_takes_more(found: Power) -> None:
    assert [row.plan for row in found.rows] == list(PLANS)
    assert found.family == 27
    assert all(row.interval < row.finding for row in found.rows)


def test_more_epochs_show_smaller_differences(design: Design) -> None:
    once, often = (power(design, Assumed(), epochs=epochs, draws=8) for epochs in (1, 5))
    assert all(a.about.error < b.about.error for a, b in zip(often.rows, once.rows, strict=True))


def test_the_cases_that_a_difference_needs_show_it() -> None:
    few, name = Design.of(questions_of(8)), "any mark minus none, anatomical minus colloquial"
    larger = power(few.times(4), Assumed(), draws=40)
    wanted = row_of(larger, name).interval
    needs = row_of(power(few, Assumed(), wanted=wanted, draws=40), name).needs_interval
    assert needs.cases == pytest.approx(32, rel=0.3)
    assert needs.questions == pytest.approx(needs.cases * len(few) / 8, abs=len(few) / 8)


def test_structures_that_matter_much_limit_what_cases_can_show(design: Design) -> None:
    found = power(design, Assumed(), wanted=0.01, draws=5)
    row = row_of(found, "accuracy minus guessing")
    assert row.needs_interval.cases is None
    assert row.needs_interval.limit > 0.01
    assert summary(row, found)[-2].startswith("none (")
    assert any(note.startswith("none: no number of cases is enough") for note in notes(found))


def test_what_is_not_asked_is_said() -> None:
    text = questions_of(6).filter(pl.col("condition") == "text_only")
    found = power(Design.of(text), Assumed(), wanted=0.1, draws=10)
    assert [row.plan.name for row in found.rows if row.reason is None] == [
        "accuracy minus guessing", "semantic minus default",
    ]  # fmt: skip
    missing = row_of(found, "any mark minus none")
    assert missing.reason == "the benchmark has no questions for it"
    assert set(summary(missing, found)[1:]) == {"–"}
    assert found.family == 3


def test_one_case_has_no_interval_but_more_cases_have() -> None:
    found = power(Design.of(questions_of(1, 12)), Assumed(), wanted=0.3, draws=10)
    row = row_of(found, "semantic minus default")
    assert (row.interval, row.finding, row.reason) == (None, None, "one case")
    assert row.needs_interval.cases > 1
    assert notes(found)[-1].startswith("– one case: accuracy minus guessing; semantic minus default")


def test_the_same_seed_gives_the_same_numbers(design: Design) -> None:
    one, other = (measure(design, Assumed(), 1, 2, 7) for _ in "ab")
    assert {name: found.errors.tolist() for name, found in one.items()} == {
        name: found.errors.tolist() for name, found in other.items()
    }


def test_a_pilot_takes_the_place_of_the_assumed_errors(design: Design) -> None:
    pilot = {
        one.name: one.robust.dependence
        for one in planned(made_pair(design, Assumed(), 1, (9,)))
        if one.table == "rq3"
    }
    found = power(design, Assumed(), pilot=pilot, draws=5)
    row = row_of(found, "any mark minus none")
    assert row.pilot
    assert row.about.error == pytest.approx(pilot["any mark minus none"].error)
    assert not row_of(found, "semantic minus default").pilot


def test_two_digits_are_known() -> None:
    assert [rounded_up(count) for count in (1, 42, 136, 7563, 100)] == [1, 42, 140, 7600, 100]
