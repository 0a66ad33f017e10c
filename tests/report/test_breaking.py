"""Where a model breaks, in words: what is shown, what it is free of, and what was not asked."""

import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("polars")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from simulated_models import Asked, asked_of, simulated_run

from misground.analysis.breaks import step_rows
from misground.analysis.faults import fault_rows
from misground.questions import Item
from misground.report.breaking import fault_grid, step_grid, where

PLANES = {"x": "axial", "y": "sagittal", "z": "coronal"}
STRUCTURES = ("liver", "spleen", "stomach", "pancreas", "urinary_bladder", "aorta", "heart", "esophagus")


@pytest.fixture(scope="module")
def asked() -> Asked:
    items = [
        Item(
            case_id=f"c{number % 40}", modality="ct", knee_side=None, dimension="2d",
            plane=PLANES["xyz"[number % 3]], task="in_plane", axis="xyz"[number % 3], slices=(number,),
            stack_reversed=None,
            option_order=((0, 1), (1, 0))[number // 6 % 2], sign=(1, -1)[number // 3 % 2],
            structure_a=STRUCTURES[number % 8], structure_b=STRUCTURES[(number + 1 + number // 8 % 7) % 8],
            p_a_greater=1.0, delta_mm=20.0 * (1, -1)[number // 3 % 2],
        )
        for number in range(240)
    ]  # fmt: skip
    return asked_of(items)


def told(asked: Asked, settings: str, *, probes: bool = True) -> str:
    run = simulated_run(asked, settings, epochs=2)
    run = run if probes else replace(run, probes=pl.DataFrame())
    said = where([run], step_rows(run), fault_rows(run))
    assert said is not None
    return said


def test_a_fault_after_recognition_is_named(asked: Asked) -> None:
    said = told(asked, "simulated?sees=0.3&flip=0.2")
    assert "names 100.0% of marked structures right" in said
    assert "of those: the fault lies after recognition, changes its answer between replies in " in said
    assert "and has the named faults: changes its answer when asked again (+" in said
    assert "misplaces what it is shown (+" in said


def test_a_model_without_faults_shows_none(asked: Asked) -> None:
    said = told(asked, "simulated")
    assert "neither is shown to lose more" in said
    assert "shows no named fault" in said


def test_a_preference_is_named_for_its_place(asked: Asked) -> None:
    assert "has the named fault: prefers the first option (+" in told(asked, "simulated?first=0.4")


def test_without_probes_the_sentence_and_the_tables_say_what_is_missing(asked: Asked) -> None:
    said = told(asked, "simulated", probes=False)
    assert "places right 100.0% on the marks alone and 100.0% without marks" in said
    assert said.endswith("2 not tested).")
    run = replace(simulated_run(asked, "simulated", epochs=2), probes=pl.DataFrame())
    steps = {row[1]: row[2] for row in step_grid(step_rows(run)).rows}
    assert steps["naming: says which structure is marked A"] == (
        "not asked: needs the probe naming: misground build --probes naming"
    )
    faults = {row[1]: row[2] for row in fault_grid(fault_rows(run)).rows}
    assert faults["confuses what is marked"] == (
        "untested: needs the probe naming: misground build --probes naming"
    )


def test_a_baseline_has_no_sentence(asked: Asked) -> None:
    run = replace(simulated_run(asked, "simulated", epochs=1), model="misground/oracle")
    assert run.baseline
    assert where([run], [], []) is None
