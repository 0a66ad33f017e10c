"""Baselines on a benchmark from the real torso and phantoms, through the real command."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scipy import stats

SOURCES = ("phantom:torso?n=4", "phantom:knee?n=4")
CELL = ("task", "modality", "dimension", "plane", "coordinates", "prompt", "terms", "condition")
QUESTIONS = 720


@pytest.fixture(scope="module")
def benchmark(once: Callable[..., Path], torso_source: Callable[[str, str], str], misground: Any) -> Path:
    source = torso_source("RAS", "file")

    def make(out: Path) -> None:
        arguments = (source, *SOURCES, "-o", out, "--preset", "paper", "--max-questions", QUESTIONS)
        built = misground("build", *arguments, "--workers", 1)
        assert built.returncode == 0, built.stderr

    return once("evaluated", make)


@pytest.fixture(scope="module")
def rows(benchmark: Path, misground: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """rows(model): of a run on every question."""

    def run(model: str) -> list[dict[str, Any]]:
        log_dir = tmp_path_factory.mktemp("runs") / "log"
        done = misground("eval", benchmark, "--model", model, "--log-dir", log_dir, "--workers", 1)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = pq.read_table(log_dir / "results.parquet").to_pylist()
        assert len(found) == len({row["question_id"] for row in found}) > 0.9 * QUESTIONS
        return found

    return run


def right(rows: list[dict[str, Any]], **columns: str) -> tuple[int, int]:
    """Correct answers, and all, of the rows with these values."""
    mine = [row for row in rows if all(row[name] == value for name, value in columns.items())]
    return sum(row["outcome"] == "correct" for row in mine), len(mine)


def test_the_oracle_is_right_in_every_cell(rows: Any) -> None:
    found = rows("misground/oracle")
    wrong = Counter(tuple(row[name] for name in CELL) for row in found if row["outcome"] != "correct")
    assert wrong == {}


def test_a_coin_is_at_chance_in_every_task(rows: Any) -> None:
    found = rows("misground/random")
    for task in sorted({row["task"] for row in found}):
        k, n = right(found, task=task)
        options = {len(row["options"]) for row in found if row["task"] == task}
        assert stats.binomtest(k, n, 1 / options.pop()).pvalue > 0.001, (task, k, n)


def test_the_prior_knows_anatomy_and_nothing_of_the_stack(rows: Any) -> None:
    found = rows("misground/anatomy-prior")
    k, n = right(found, condition="text_only", terms="anatomical")
    assert stats.binomtest(k, n, 0.5, "greater").pvalue < 1e-4, (k, n)
    assert k / n > 0.8
    k, n = right(found, task="cross_slice", terms="colloquial")
    assert stats.binomtest(k, n, 0.5).pvalue > 0.001, (k, n)
    viewing, storage = (
        right(found, task="in_plane", terms="colloquial", condition="image", coordinates=coordinates)
        for coordinates in ("viewing", "storage")
    )
    # It takes every picture for a radiologist's: right there, and as often wrong as right in the array's own.
    assert viewing[0] / viewing[1] > 0.7, viewing
    assert storage[0] / storage[1] < 0.65, storage
