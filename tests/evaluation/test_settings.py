"""The identity of a run, and settings that contradict each other."""

from dataclasses import replace
from typing import Any

import pytest

from misground.errors import UsageError
from misground.evaluation.asking import sample_seed
from misground.evaluation.settings import EvalSettings

PLAIN = EvalSettings(model="openai/gpt")


def test_the_defaults_are_the_papers() -> None:
    assert (PLAIN.temperature, PLAIN.max_tokens, PLAIN.times, PLAIN.top_p) == (0.5, 8912, 5, 0.8)


def test_a_baseline_is_asked_once() -> None:
    assert EvalSettings(model="misground/oracle").times == 1
    assert EvalSettings(model="misground/random", epochs=3).times == 3


@pytest.mark.parametrize(
    "change",
    [
        {"model": "openai/other"},
        {"decoding": "semantic"},
        {"sampler": "greedy"},
        {"stacks": "video"},
        {"epochs": 2},
        {"seed": 1},
        {"max_tokens": 64},
        {"reasoning": False},
        {"wanted": {"task": frozenset({"in_plane"})}},
        {"limit": 48},
        {"model_args": {"a": 1}},
    ],
)
def test_whatever_changes_a_reply_is_another_run(change: dict[str, Any]) -> None:
    assert replace(PLAIN, **change).run_id("hash") != PLAIN.run_id("hash")


def test_another_benchmark_is_another_run() -> None:
    assert PLAIN.run_id("a") != PLAIN.run_id("b")


def test_the_default_said_aloud_is_the_same_run() -> None:
    assert replace(PLAIN, epochs=5).run_id("hash") == PLAIN.run_id("hash")


def test_the_order_of_settings_plays_no_part() -> None:
    one = EvalSettings(model="vllm/m", decoding="semantic", rule={"top_m": 5, "tau": 1.0})
    other = EvalSettings(model="vllm/m", decoding="semantic", rule={"tau": 1.0, "top_m": 5})
    assert one.run_id("hash") == other.run_id("hash")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"rule": {"top_m": 5}}, "--top-m is given without --decoding semantic"),
        ({"table": "t"}, "--table is given without --decoding semantic"),
        ({"model": "misground/oracle", "decoding": "semantic"}, "is a baseline without tokens"),
        ({"decoding": "semantic", "rule": {"top_k": 5}}, "no setting 'top_k'"),
    ],
)
def test_contradictions_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        EvalSettings(**{"model": "openai/gpt", **settings})


def test_the_samplers_are_stated() -> None:
    greedy, own = replace(PLAIN, sampler="greedy"), replace(PLAIN, sampler="provider")
    assert (greedy.temperature, greedy.top_p) == (0.0, None)
    assert (own.temperature, own.top_p) == (None, None)


def test_each_question_and_epoch_has_a_seed_of_its_own() -> None:
    seeds = {
        sample_seed(seed, f"q{question}", epoch)
        for seed in (0, 1)
        for question in range(50)
        for epoch in (1, 2)
    }
    assert len(seeds) == 200
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_seed_is_this_one_for_ever() -> None:
    assert sample_seed(0, "q", 1) == sample_seed(0, "q", 1) == 1_385_971_313
