"""The sampler of each model as it was really sent, in one line of the report."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from misground.analysis.results import Run
from misground.report.samplers import samplers

DECLARED = {"temperature": 0.5, "top_p": 0.8, "seed": "per question", "max_tokens": 8912}


def run(name: str, *sent: Any) -> Run:
    nothing = pl.DataFrame()
    made = Run(name, name, "b", name, None, "default", "{}", Path(name), None, nothing, nothing)
    return replace(made, sent={one if isinstance(one, str) else json.dumps(one): 1 for one in sent})


def test_runs_with_the_same_sampler_stand_together_and_what_was_not_sent_is_named() -> None:
    found = samplers([run("a", DECLARED), run("o3", {"max_tokens": 8912}), run("b", DECLARED)])
    assert found == [
        "Sampler: a and b: T = 0.5, top_p = 0.8, seed = per question, at most 8,912 tokens; "
        "o3: sent without temperature, top_p, seed, at most 8,912 tokens."
    ]


def test_what_a_server_states_and_warns_of_is_told() -> None:
    sent = DECLARED | {"server": {"temperature": 1.0}, "warnings": ["top_p is ignored"]}
    (line,) = samplers([run("a", sent)])
    assert "its server states that it used temperature 1.0" in line
    assert "its server warns: top_p is ignored" in line


def test_nothing_is_claimed_of_a_run_that_tells_nothing() -> None:
    assert samplers([run("oracle")]) == []


@pytest.mark.parametrize("text", ["", "{", "3", "[]", '{"server": 3, "warnings": 5}', "[" * 100_000])
def test_a_foreign_text_ends_in_no_error(text: str) -> None:
    assert len(samplers([run("a", text)])) <= 1


def test_control_characters_are_made_visible() -> None:
    (line,) = samplers([run("a", {"temperature": "\x1b[31m"})])
    assert "\x1b" not in line
