"""Made-up results with known truth: the numbers of the report find it again."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("polars")

from misground.analysis.cells import estimate_of, select
from misground.analysis.comparisons import compare_levels, compare_runs, direction, pair_up
from misground.analysis.paper_tables import paper_tables
from misground.analysis.results import Run, read_runs
from misground.records import RELATION_TASKS

SYNTHETIC = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "synthetic_results.py"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The three runs by the name of their folder: 12,000 questions of 150 cases."""
    folders = SYNTHETIC["write_all"](tmp_path_factory.mktemp("made"), 12_000, 150, 3, 11)
    return dict(zip((path.name for path in folders), read_runs(folders), strict=True))


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
    ((default, semantic),) = pair_up(list(made.values()))
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


def test_every_table_of_the_paper_is_there_with_what_the_paper_prints(made) -> None:
    tables = {table.name: table for table in paper_tables(list(made.values()))}
    assert list(tables) == ["overall", "decoding", "rq1", "rq2", "rq3", "ab1", "ab2"]

    def printed(name: str) -> dict[str, str | None]:
        table = tables[name]
        return {row.cell: row.published for row in (*table.estimates, *table.comparisons)}

    assert printed("overall") == {"default": "53.4%", "semantic": "66.5%"}
    assert printed("decoding")["all"] == "+13.06 points"
    assert printed("rq1")["slice_direction"] == "77.6%"
    assert printed("rq2")["anatomical storage"] == "50.2%"
    assert printed("rq3")["colloquial: box minus none"] == "+8.2 points on 45.1%"
    assert printed("rq3")["all: mask minus none"] == "+2 to +3 points on 57.6%"
    assert printed("ab1")["colloquial text_only"] == "40.4%"
    assert printed("ab2")["point"] == "64.2%"
