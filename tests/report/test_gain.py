"""What a gain is credited to, on made runs whose cause is known."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("polars")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import bench_gain
from bench_gain import GAINS, MIRROR, NULLS, Experiment, runs_of

from misground.analysis.arms import arm_pairs
from misground.analysis.explained import decoding
from misground.analysis.planned import planned
from misground.analysis.shift import rows_of, shared_gain, shift_rows
from misground.records.arms import decoding_of
from misground.report.gain import credit, flipped_wins, shifted

NOTHING_SHOWN = "not shown to be more than greedy decoding gives"


def runs(seed: int = 0, shifts: dict[str, float] | None = None, superior: float = 0.5, **gains: float):
    """A run of each arm, whose chance of a right answer is 50% and its gain."""
    made = Experiment(gains, (), shifts or {}, superior)
    return runs_of(made, 60, np.random.default_rng(seed))


def explained(made):
    return credit(made, planned(made), shift_rows(arm_pairs(made)))


def told(seed: int = 0, **gains: float):
    (found,) = explained(runs(seed, **gains))
    return found


def test_a_gain_that_greedy_decoding_gives_alone_is_not_the_neighbours() -> None:
    said = told(default=0.0, greedy=0.2, semantic=0.2, identity=0.2)
    assert said.cause == "not neighbours"
    assert said.text.startswith("of +")
    assert "greedy alone gives +" in said.text
    assert said.text.endswith(NOTHING_SHOWN)


def test_a_gain_of_the_neighbours_alone_is_theirs() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.0, shuffled=0.0, random=0.0)
    assert said.cause == "neighbours"
    assert said.text.endswith(": more than greedy decoding gives")


def test_without_shuffled_neighbours_their_meaning_is_unknown() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.0)
    assert said.text.endswith("whether their meaning matters is unknown without shuffled and random")


def test_neighbours_without_meaning_that_gain_as_much_take_the_credit() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.0, shuffled=0.3, random=0.0)
    assert said.cause == "any neighbours"
    assert "neighbours without meaning (shuffled) are not shown to give less" in said.text


def test_a_control_that_gains_as_much_takes_the_credit() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.3)
    assert said.text.endswith(NOTHING_SHOWN)


def test_an_arm_that_draws_by_the_rule_is_compared_with_default_alone() -> None:
    made = runs(**{"default": 0.0, "greedy": 0.0, "semantic-softmax": 0.3, "semantic-proportional": 0.3})
    softmax, proportional = explained(made)
    assert (softmax.run, softmax.cause) == ("semantic-softmax", "unknown")
    assert softmax.text.endswith("its draw is sharper without them, too")
    assert (proportional.run, proportional.cause) == ("semantic-proportional", "neighbours")
    assert proportional.text.endswith(
        "apart from neighbours it draws as default does; whether their meaning matters is unknown"
    )
    shift = runs(
        shifts={"semantic-proportional": 0.35}, superior=0.75, **{"default": 0, "semantic-proportional": 0}
    )
    (found,) = explained(shift)
    assert found.cause == "one word"


def test_neighbours_that_harm_are_told() -> None:
    said = told(default=0.0, greedy=0.4, semantic=0.2, identity=0.4)
    assert said.cause == "harm"
    assert said.text.endswith("less than without neighbours")


def test_arms_that_answer_alike_throughout_have_no_gain_to_credit() -> None:
    default, greedy = runs(default=0.0, greedy=0.3)
    same = [
        replace(greedy, name=arm, run_id=arm, arm=arm, decoding=decoding_of(arm))
        for arm in ("semantic", "identity")
    ]
    (said,) = explained([default, greedy, *same])
    assert said.cause == "not neighbours"


def test_a_word_that_is_said_more_often_is_no_grounding() -> None:
    made = runs(shifts={"semantic": 0.35}, superior=0.75, default=0, greedy=0, semantic=0, identity=0)
    (said,) = explained(made)
    assert said.cause == "one word"
    assert "one word is said more often, not more is seen" in said.text
    first = shifted(shift_rows(arm_pairs(made)))[0]
    assert first.startswith("semantic minus default says 'superior' more often (+")


def test_a_gain_that_is_not_shown_has_no_explanation() -> None:
    assert explained(runs(default=0.3, semantic=0.0)) == []


def test_without_the_arms_the_command_that_adds_them_is_named() -> None:
    said = told(default=0.0, semantic=0.3)
    assert said.cause == "unknown"
    assert "is unknown without greedy and identity (misground eval --arms greedy,identity)" in said.text
    assert "--arms identity)" in told(default=0.0, semantic=0.3, greedy=0.0).text


def test_every_pair_of_arms_is_a_planned_contrast() -> None:
    names = [
        one.name
        for one in planned(runs(default=0.0, greedy=0.0, semantic=0.1, identity=0.0, shuffled=0.0))
        if one.table == "decoding"
    ]
    assert names == [
        "semantic minus default",
        "greedy minus default",
        "semantic minus greedy",
        "semantic minus identity",
        "semantic minus shuffled",
    ]


def test_crowded_candidates_that_are_wrong_are_told() -> None:
    made = runs(default=0.0, greedy=0.0, semantic=-0.2, identity=0.0, flipped=0.25)
    (said,) = flipped_wins(made, planned(made))
    assert said.startswith("subtracting the neighbours' mass gives +")
    assert said.endswith("here crowded candidates are the wrong ones")


def test_a_shift_is_taken_apart_exactly() -> None:
    a, b = runs(default=0.0, semantic=0.1, shifts={"semantic": 0.2})
    (row,) = rows_of(a, b)
    first, second = (gain.value for gain in row.gains)
    assert row.words == ("superior", "inferior")
    assert row.shared.value == pytest.approx((first + second) / 2)
    assert row.shift.value == pytest.approx((first - second) / 2)
    assert row.said == pytest.approx((row.shift.value, -row.shift.value))  # every reply says a word
    found = shared_gain(a, b)
    assert found is not None
    assert found.value == pytest.approx(row.shared.value)


def test_where_one_word_is_never_right_no_shift_can_be_told() -> None:
    a, b = runs(default=0.0, semantic=0.2, superior=1.0)
    assert list(rows_of(a, b)) == []
    assert shared_gain(a, b) is None


def test_the_table_names_the_command_for_missing_arms_and_the_settings_tried() -> None:
    made = [
        replace(one, record={"tried": 3 if one.arm == "semantic" else 1})
        for one in runs(default=0.0, greedy=0.0, semantic=0.1)
    ]
    notes = decoding(made).notes
    missing = (
        "model: the arms identity, shuffled, random, flipped are missing; misground eval BENCHMARK --model "
        "model --arms identity,shuffled,random,flipped adds them."
    )
    assert missing in notes
    assert (
        "Settings tried, as stated by --tried: 1 for default, greedy; 3 for semantic. The numbers differ, so "
        "a difference may be due to the search alone." in notes
    )


@pytest.mark.parametrize("name", [*GAINS, *NULLS])
def test_the_true_cause_is_named_and_neighbours_that_do_nothing_are_not_credited(name: str) -> None:
    made = {**GAINS, **NULLS}[name]
    found = bench_gain.causes(made, 40, 8, np.random.default_rng(4))
    assert sum(found[cause] for cause in made.causes) >= 6
    assert name in GAINS or found["neighbours"] == 0


def test_the_mirror_image_is_named() -> None:
    for seed in range(2):
        made = runs_of(MIRROR, 60, np.random.default_rng(seed))
        assert flipped_wins(made, bench_gain.tested(made))
