"""What a gain is credited to, on made runs whose cause is known."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("polars")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from simulated import cases_alone, made_run, replies

from misground.analysis.planned import planned
from misground.report.gain import credit

CELL = [{"coordinates": "viewing", "prompt": "none", "terms": "anatomical", "condition": "image"}]
DESIGN = cases_alone([4] * 60)
NOTHING_SHOWN = "not shown to be more than greedy decoding gives"
DECODING = {"semantic": "semantic", "identity": "control", "shuffled": "control"}


def runs(seed: int = 0, **gains: float):
    """A run of each arm, whose chance of a right answer is 50% and its gain."""
    random = np.random.default_rng(seed)
    base = 0.5 + random.normal(0, 0.15, len(DESIGN))
    found = []
    for arm, gain in gains.items():
        right = replies(base + gain, random, 4).mean(axis=1, keepdims=True)
        decoding = DECODING.get(arm, "default")
        found.append(made_run(DESIGN, {"right": right}, CELL, name=arm, decoding=decoding, arm=arm))
    return found


def told(seed: int = 0, **gains: float) -> str:
    made = runs(seed, **gains)
    (found,) = credit(made, planned(made))
    return found


def test_a_gain_that_greedy_decoding_gives_alone_is_not_the_neighbours() -> None:
    said = told(default=0.0, greedy=0.2, semantic=0.2, identity=0.2)
    assert said.startswith("of +")
    assert "greedy alone gives +" in said
    assert said.endswith(NOTHING_SHOWN)


def test_a_gain_of_the_neighbours_alone_is_theirs() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.0)
    assert said.endswith(": more than greedy decoding gives")


def test_a_control_that_gains_as_much_takes_the_credit() -> None:
    said = told(default=0.0, greedy=0.0, semantic=0.3, identity=0.3)
    assert said.endswith(NOTHING_SHOWN)


def test_neighbours_that_harm_are_told() -> None:
    assert told(default=0.0, greedy=0.4, semantic=0.2, identity=0.4).endswith("less than without neighbours")


def test_no_gain_is_credited_to_nobody() -> None:
    for seed in range(20):
        made = runs(seed, default=0.0, greedy=0.0, semantic=0.0, identity=0.0)
        assert not [one for one in credit(made, planned(made)) if ": more than" in one]


def test_a_gain_that_is_not_shown_has_no_explanation() -> None:
    made = runs(default=0.3, semantic=0.0)
    assert credit(made, planned(made)) == []


def test_without_the_arms_the_command_that_adds_them_is_named() -> None:
    said = told(default=0.0, semantic=0.3)
    assert "is unknown without greedy and identity (misground eval --arms greedy,identity)" in said
    assert "--arms identity)" in told(default=0.0, semantic=0.3, greedy=0.0)


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
