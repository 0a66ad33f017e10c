"""Settings of the rule: defaults, what is refused, and settings a row."""

import math

import pytest
import torch

from semsam import SemanticSampling, SettingsError


def test_defaults_are_those_of_the_design():
    s = SemanticSampling()
    assert (s.top_m, s.top_p, s.temperature, s.mode, s.sign) == (20, 0.8, 1.0, "argmax", 1)


@pytest.mark.parametrize(("mode", "tau"), [("softmax", 0.03), ("proportional", 1.0)])
def test_tau_defaults_by_mode(mode, tau):
    assert SemanticSampling(mode=mode).tau == tau


@pytest.mark.parametrize(("name", "value"), [
    ("top_m", 0), ("top_m", 2.0), ("top_m", True), ("top_m", "20"),
    ("top_p", 0), ("top_p", 1.01), ("top_p", math.nan), ("top_p", "0.8"),
    ("temperature", 0), ("temperature", -1), ("temperature", math.inf), ("temperature", math.nan),
    ("tau", 0), ("tau", math.nan), ("mode", "beam"), ("mode", None), ("sign", 0), ("sign", 2),
])  # fmt: skip
def test_a_bad_value_is_refused_by_its_name(name, value):
    with pytest.raises(SettingsError, match=f"^{name} is {value!r}, expected"):
        SemanticSampling(**{name: value})


def test_a_penalty_takes_no_proportional_shares():
    with pytest.raises(SettingsError, match="sign -1"):
        SemanticSampling(sign=-1, mode="proportional")


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        SemanticSampling().top_m = 3


def test_stacked_settings_know_their_largest_m_and_their_modes():
    rows = SemanticSampling.stack(
        [SemanticSampling(top_m=3), None, SemanticSampling(top_m=7, mode="softmax")]
    )
    assert (rows.rows, rows.max_m, rows.modes) == (3, 7, ("argmax", "softmax"))
    assert rows.on.flatten().tolist() == [True, False, True]


def test_a_stack_of_nothing_but_none_is_possible():
    assert SemanticSampling.stack([None, None]).modes == ("argmax",)


def test_a_stack_refuses_what_are_no_settings():
    with pytest.raises(SettingsError, match="expected SemanticSampling or None"):
        SemanticSampling.stack([{"top_m": 3}])


def test_rows_of_a_stack_can_be_taken_in_any_order():
    rows = SemanticSampling.stack([SemanticSampling(temperature=t) for t in (0.25, 0.5, 2.0)])
    assert rows.take(torch.tensor([2, 0, 2, 1])).temperature.flatten().tolist() == [2.0, 0.25, 2.0, 0.5]
