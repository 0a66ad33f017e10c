"""Made-up results with known truth: the numbers of the report find it again."""

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

pytest.importorskip("polars")

from misground.analysis.any_mark import compare_any_mark
from misground.analysis.arms import arm_pairs
from misground.analysis.cells import estimate_of, select
from misground.analysis.comparisons import compare_levels, compare_runs, direction
from misground.analysis.paper_tables import paper_tables
from misground.analysis.planned import planned
from misground.analysis.published import published
from misground.analysis.results import Run, read_runs
from misground.analysis.table import Table
from misground.records import RELATION_TASKS

SYNTHETIC = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "synthetic_results.py"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The three runs by the name of their folder: 12,000 questions of 150 cases."""
    folders = SYNTHETIC["write_all"](tmp_path_factory.mktemp("made"), 12_000, 150, 3, 11)
    return dict(zip((path.name for path in folders), read_runs(folders), strict=True))


@pytest.fixture(scope="module")
def tables(made: dict[str, Run]) -> dict[str, Table]:
    """The tables of the three runs by name."""
    return {table.name: table for table in paper_tables(list(made.values()))}


def truth(run: Run, gain: float = 0.0, **levels: Any) -> float:
    """The accuracy of a cell over all cases that there could be."""
    rows = select(run.questions, **levels).to_dicts()
    return float(np.mean([SYNTHETIC["base"](row) for row in rows])) + gain


def test_true_accuracies_lie_in_95_percent_of_the_intervals(made) -> None:
    held = []
    for name, run in made.items():
        for task in ("in_plane", "cross_slice"):
            for terms in ("anatomical", "colloquial"):
                for coordinates in ("storage", "viewing"):
                    for prompt in ("none", "mask", "box", "point"):
                        cell = {"task": task, "terms": terms, "coordinates": coordinates, "prompt": prompt}
                        found = estimate_of(select(run.questions, condition="image", **cell)).robust
                        true = truth(run, SYNTHETIC["RUNS"][name], condition="image", **cell)
                        low, high = found.ends
                        held.append(low <= true <= high)
    # 96 intervals of 16 x 3 kinds, which share cases: far from independent, so a loose bound.
    assert 0.85 <= np.mean(held) <= 1.0


def test_a_gain_by_semantic_decoding_is_found_with_its_size_and_sign(made) -> None:
    ((default, semantic),) = arm_pairs(list(made.values()))
    found = compare_runs(default, semantic)
    assert direction(found) == "better"
    low, high = found.paired.robust.ends
    assert low <= SYNTHETIC["GAIN"] <= high
    assert found.paired.better > 0.999
    assert direction(compare_runs(semantic, default)) == "worse"


def test_a_model_that_answers_alike_is_called_no_different(made) -> None:
    found = compare_runs(made["small"], made["null"])
    assert direction(found) == "none"
    low, high = found.paired.robust.ends
    assert low <= 0 <= high


@pytest.mark.parametrize(
    ("factor", "a", "b", "terms", "size"),
    [
        ("coordinates", "storage", "viewing", "anatomical", 0.14),
        ("coordinates", "storage", "viewing", "colloquial", 0.0),
        ("prompt", "none", "box", "anatomical", -0.06),
        ("prompt", "none", "box", "colloquial", 0.06),
        ("prompt", "mask", "box", "anatomical", 0.0),
    ],
)
def test_effects_within_items_are_found_and_nulls_called_none(made, factor, a, b, terms, size) -> None:
    levels = {"terms": terms, "condition": "image", "task": RELATION_TASKS}
    found = compare_levels(made["small"].questions, factor, a, b, levels)
    said = {True: "better", False: "worse"}[size > 0] if size else "none"
    assert direction(found) == said
    # Three standard errors: five such intervals are looked at.
    low, high = found.paired.robust.ends
    reach = 1.55 * (high - low) / 2
    assert abs(found.paired.difference - size) <= reach
    assert (found.only_a, found.only_b) == ([], [])


def test_every_table_of_the_paper_is_there_with_what_the_paper_prints(tables) -> None:
    assert list(tables) == ["overall", "decoding", "rq1", "rq2", "rq3", "ab1", "ab2"]

    def printed(name: str) -> dict[str, str | None]:
        table = tables[name]
        return {row.cell: row.published for row in (*table.estimates, *table.comparisons)}

    overall, gain = printed("overall"), tables["decoding"].comparisons[0].published
    assert overall == {"default": "53.4% (Qwen3-VL-32B)", "semantic": "66.5% (Qwen3-VL-32B)"}
    assert gain == "+13.06 points (Qwen3-VL-32B)"
    assert printed("rq1")["slice_direction"] == "77.6% (model not named)"
    assert printed("rq2")["anatomical storage"] == "50.2% (model not named)"
    assert printed("ab1")["both_tasks colloquial text_only"] == "40.4% (model not named)"
    assert printed("ab2")["point"] == "64.2% (model not named)"
    others = [text for name in ("rq1", "rq2", "rq3", "ab1", "ab2") for text in printed(name).values() if text]
    assert all(text.endswith(" (model not named)") for text in others)


def test_the_papers_figures_on_marks_stand_at_any_mark_as_viewed_alone(tables) -> None:
    rq3 = tables["rq3"]
    assert not [row.cell for row in rq3.estimates if row.published]
    assert {row.cell: row.published for row in rq3.comparisons if row.published} == {
        "viewing both_terms: any mark minus none": "+2 to +3 points on 57.6% (model not named)",
        "viewing anatomical: any mark minus none": "-13.3 points on 75.3% (model not named)",
        "viewing colloquial: any mark minus none": "+8.2 points on 45.1% (model not named)",
    }


def test_every_published_figure_stands_at_a_row_of_a_table(tables) -> None:
    shown = {
        (name, row.cell) for name, table in tables.items() for row in (*table.estimates, *table.comparisons)
    }
    assert set(published().figures) <= shown


def test_any_mark_is_the_mean_of_the_three_marks_beside_none(made) -> None:
    levels = {"terms": "colloquial", "coordinates": "viewing", "condition": "image"}
    rows = select(made["small"].questions, **levels, task=RELATION_TASKS)
    score = rows["correct"] / rows["replies"]
    items = rows.with_columns(score=score).pivot("prompt", index="item_id", values="score")
    expected = (items["mask"] + items["box"] + items["point"]) / 3 - items["none"]
    found = compare_any_mark(rows, levels).paired
    assert found.n == len(items)
    assert found.difference == pytest.approx(expected.mean())
    (contrast,) = (
        one for one in planned([replace(made["small"], questions=rows)]) if one.name == "any mark minus none"
    )
    assert contrast.effect == pytest.approx(found.difference)
    assert contrast.robust.ends == pytest.approx(found.robust.ends)


def test_an_item_without_one_of_the_marks_is_in_no_pair_of_any_mark(made) -> None:
    rows = select(made["small"].questions, condition="image", coordinates="viewing", terms="anatomical")
    rows = select(rows, task=RELATION_TASKS)
    item = rows["item_id"][0]
    fewer = rows.filter(~((pl.col("item_id") == item) & (pl.col("prompt") == "box")))
    assert compare_any_mark(fewer, {}).paired.n == compare_any_mark(rows, {}).paired.n - 1


def test_text_only_accuracies_are_split_by_task_and_terms(made, tables) -> None:
    run = made["small"]
    counts = {row.cell: row.estimate.n for row in tables["ab1"].estimates if row.run == run.name}
    for terms in ("anatomical", "colloquial"):
        for condition in ("text_only", "image"):
            parts = [counts[f"{task} {terms} {condition}"] for task in RELATION_TASKS]
            assert all(parts)
            assert counts[f"both_tasks {terms} {condition}"] == sum(parts)
    contrasts = {one.name: one for one in planned([run]) if one.table == "ab1"}
    pairs = {row.cell: row.comparison.paired for row in tables["ab1"].comparisons if row.run == run.name}
    for task in RELATION_TASKS:
        for terms in ("anatomical", "colloquial"):
            contrast = contrasts[f"image minus text only, {task.replace('_', '-')}, {terms}"]
            assert pairs[f"{task} {terms}: image minus text_only"].difference == pytest.approx(
                contrast.effect
            )
