"""Planted faults of simulated models are named, and no others: a short `benchmarks/bench_faults.py`."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
from simulated_models import Asked, asked_of, simulated_run  # noqa: E402

from misground.analysis.breaks import STEPS, lost, step_rows  # noqa: E402
from misground.analysis.consistency import consistency_rows  # noqa: E402
from misground.analysis.fault_measures import FAULTS  # noqa: E402
from misground.analysis.faults import fault_rows  # noqa: E402
from misground.prior.positions import lean, shipped_positions  # noqa: E402
from misground.prior.words import DIRECTIONS  # noqa: E402
from misground.questions import Item  # noqa: E402

ITEMS, CASES = 336, 42
PLANES = {"x": ("axial", "coronal"), "y": ("axial", "sagittal"), "z": ("coronal", "sagittal")}


def made_items(seed: int = 1) -> list[Item]:
    """In-plane facts of torsos, nearly all where anatomy has them."""
    random = np.random.default_rng(seed)
    positions = shipped_positions()
    keys = [key for key, one in positions.items() if one.region == "torso"]
    found: list[Item] = []
    while len(found) < ITEMS:
        number = len(found)
        axis = "xyz"[number % 3]
        a, b = random.choice(keys, 2, replace=False).tolist()
        usual = lean(positions, a, b, axis)
        wanted = (1, -1)[number // 6 % 2]
        if usual is None:
            continue
        sign = DIRECTIONS[usual.word].sign
        if sign != wanted:
            a, b = b, a
        found.append(
            Item(
                case_id=f"c{number % CASES:02}", modality="ct", knee_side=None, dimension="2d",
                plane=PLANES[axis][number // 3 % 2], task="in_plane", axis=axis, slices=(number,),
                stack_reversed=None, option_order=((0, 1), (1, 0))[number // 12 % 2], sign=wanted,
                structure_a=a, structure_b=b, p_a_greater=1.0, delta_mm=20.0 * wanted,
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def asked() -> Asked:
    return asked_of(made_items())


def named(asked: Asked, settings: str) -> dict[str, str]:
    return {row.fault: row.verdict for row in fault_rows(simulated_run(asked, settings, epochs=2))}


def test_a_model_without_faults_is_free_of_all(asked: Asked) -> None:
    assert named(asked, "simulated") == dict.fromkeys(FAULTS, "free")


@pytest.mark.parametrize(
    ("fault", "share"),
    [("silent", 0.03), ("flip", 0.05), ("first", 0.15), ("sees", 0.5), ("names", 0.5), ("prior", 0.3),
     ("mirror", 0.5)],
)  # fmt: skip
def test_a_planted_fault_is_named_and_no_other(asked: Asked, fault: str, share: float) -> None:
    found = named(asked, f"simulated?{fault}={share}")
    assert [name for name, verdict in found.items() if verdict == "shown"] == [fault]


def test_the_size_of_a_fault_is_that_which_was_planted(asked: Asked) -> None:
    settings = {"silent": 0.1, "flip": 0.2, "first": 0.2, "sees": 0.6, "mirror": 0.4, "prior": 0.4}
    wanted = {**settings, "flip": 2 * 0.2 * 0.8, "sees": (1 - 0.6) / 2}
    for fault, share in settings.items():
        run = simulated_run(asked, f"simulated?{fault}={share}", epochs=2)
        (row,) = [row for row in fault_rows(run) if row.fault == fault]
        low, high = row.ends
        assert low - (high - low) / 2 <= wanted[fault] <= high + (high - low) / 2, fault


def test_without_probes_the_rows_say_how_to_ask_for_them(asked: Asked) -> None:
    run = replace(simulated_run(asked, "simulated?names=0.2&prior=0.9", epochs=2), probes=pl.DataFrame())
    lacking = {row.fault: row.lacks for row in fault_rows(run) if row.verdict == "untested"}
    assert lacking == {
        "names": "needs the probe naming: misground build --probes naming",
        "prior": "needs the probe mirrored: misground build --probes mirrored",
    }
    steps = {row.step: row.lacks for row in step_rows(run) if row.share is None}
    assert set(steps) == {"naming", "named", "reversed", "reordered"}
    assert all("misground build --probes" in lacks for lacks in steps.values())
    assert lost(run) is None


def test_one_epoch_leaves_the_change_of_answers_untested(asked: Asked) -> None:
    run = simulated_run(asked, "simulated?flip=0.3", epochs=1)
    (row,) = [row for row in fault_rows(run) if row.fault == "flip"]
    assert (row.verdict, row.lacks) == (
        "untested", "needs a second reply to each question: misground eval --epochs 5",
    )  # fmt: skip


def test_where_marks_are_not_told_apart_naming_is_not_judged(asked: Asked) -> None:
    run = simulated_run(asked, "simulated?sees=0&names=0", epochs=1)
    (row,) = [row for row in fault_rows(run) if row.fault == "names"]
    assert (row.verdict, row.lacks) == ("untested", "the marks alone are not told apart")


def test_the_steps_of_a_faultless_model_are_right_but_for_words_alone(asked: Asked) -> None:
    found = {row.step: row.share for row in step_rows(simulated_run(asked, "simulated", epochs=2))}
    assert tuple(found) == STEPS
    assert {step for step, share in found.items() if share == 1.0} == set(STEPS) - {"words"}
    assert 0.4 < found["words"] < 0.6


def test_the_fault_lies_after_or_in_recognition(asked: Asked) -> None:
    def where(settings: str) -> str:
        found = lost(simulated_run(asked, settings, epochs=1))
        assert found is not None
        return found.where

    assert where("simulated?sees=0.5") == "after"
    assert where("simulated?names=0.3") == "in"
    assert where("simulated") == "neither"


def test_probes_are_pooled_with_no_other_question(asked: Asked) -> None:
    run = simulated_run(asked, "simulated?names=0", epochs=1)
    assert len(run.questions) == 24 * ITEMS
    assert "naming" not in run.questions["task"].unique()
    counts = dict(run.probes["probe"].value_counts().iter_rows())
    assert counts == {
        "naming": 6 * ITEMS,
        "reversed": 6 * ITEMS,
        "reordered": 4 * ITEMS,
        "mirrored": 2 * ITEMS,
    }


def test_twins_and_anatomy_stand_in_the_rows_of_consistency(asked: Asked) -> None:
    found = {row.what: row for row in consistency_rows(simulated_run(asked, "simulated?prior=1", epochs=2))}
    share = {what: row.k / row.n for what, row in found.items()}
    assert share["reversed"] == share["reordered"] == 0.0
    assert share["reversed_right"] + share["reversed_wrong"] == pytest.approx(1)
    assert share["anatomical"] == 1.0
    k, n = found["mirrored"].follows
    assert (k, share["anatomy"]) == (n, 1.0)
    assert found["anatomy"].independent == 0.0
    first = {row.what: row.k / row.n for row in consistency_rows(simulated_run(asked, "simulated?first=1"))}
    assert first["reordered"] == 1.0


def test_a_circle_of_three_answers_is_found() -> None:
    pairs = [("liver", "spleen"), ("spleen", "urinary_bladder"), ("liver", "urinary_bladder")]
    items = [
        replace(made_items()[0], case_id=f"c{case}", axis="x", plane="axial", sign=1, delta_mm=20.0,
                structure_a=a, structure_b=b, slices=(number,))
        for case in range(8) for number, (a, b) in enumerate(pairs)
    ]  # fmt: skip
    run = simulated_run(asked_of(items, probes=False), "simulated", epochs=1)
    turned = (pl.col("structure_a") == "liver") & (pl.col("structure_b") == "urinary_bladder")
    changed = run.questions.with_row_index("question").with_columns(pl.col("question").cast(pl.Int64))
    wrong = changed.filter(turned)["question"].to_list()
    replies = run.replies.with_columns(
        outcome=pl.when(pl.col("question").is_in(wrong)).then(pl.lit("wrong")).otherwise("outcome"),
        extracted=pl.when(pl.col("question").is_in(wrong))
        .then(pl.when(pl.col("extracted") == "left").then(pl.lit("right")).otherwise(pl.lit("left")))
        .otherwise("extracted"),
    )

    def circles(one: object) -> tuple[float, int]:
        (row,) = [row for row in consistency_rows(one) if row.what == "order"]
        return row.k, row.n

    assert circles(run) == (0.0, 8 * 16)
    # Where the words are left and right: as stored, the screen's are above and below.
    assert circles(replace(run, replies=replies)) == (8 * 12, 8 * 12)
