"""The baselines through the real command: right, at chance, and the same again by the same seed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scipy import stats

from misground.benchmark.load import open_benchmark
from misground.records.schemas import RESULTS


@pytest.fixture(scope="module")
def rows(
    mini: Path, misground: Callable[..., Any], results: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[dict[str, Any]]]:
    """rows(model, *arguments): of a run that was complete."""
    root = tmp_path_factory.mktemp("baselines")

    def run(model: str, *arguments: object) -> list[dict[str, Any]]:
        log_dir = root / f"run{len(list(root.iterdir()))}"
        done = misground("eval", mini, "--model", model, "--log-dir", log_dir, "--no-validate", *arguments)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = results(log_dir)
        return found

    return run


def test_the_oracle_is_right_on_every_question(rows: Any, mini: Path) -> None:
    found = rows("misground/oracle")
    asked = {row["question_id"]: row for row in open_benchmark(mini).questions().to_pylist()}
    assert [row["outcome"] for row in found] == ["correct"] * len(asked)
    assert [row["question_id"] for row in found] == list(asked)  # in the benchmark's order
    for row in found:
        assert {name: row[name] for name in RESULTS.names if name in asked[row["question_id"]]} == {
            name: value for name, value in asked[row["question_id"]].items() if name in RESULTS.names
        }


def test_a_coin_is_at_chance_in_every_task(rows: Any) -> None:
    found = rows("misground/random")
    for task in {row["task"] for row in found}:
        mine = [row for row in found if row["task"] == task]
        right = sum(row["outcome"] == "correct" for row in mine)
        chance = 1 / len(mine[0]["options"])
        assert stats.binomtest(right, len(mine), chance).pvalue > 0.001, (task, right, len(mine))


def test_a_coin_falls_as_before_by_the_same_seed_alone(rows: Any) -> None:
    few = ("--filter", "condition=text_only", "--epochs", 2)

    def drawn(*arguments: object) -> list[tuple[str, int, str]]:
        found = rows("misground/random", *few, *arguments)
        return [(row["question_id"], row["epoch"], row["extracted"]) for row in found]

    first = drawn()
    assert drawn() == first
    assert drawn("--seed", 1) != first
    assert [option for _, epoch, option in first if epoch == 1] != [
        option for _, epoch, option in first if epoch == 2
    ]


def test_a_simulated_model_errs_as_its_name_says_in_five_epochs(rows: Any) -> None:
    found = rows("misground/simulated?mirror=1&seed=2", "--filter", "condition=image,axis=x,dimension=2d")
    turned = ("anatomical", "viewing", "x")
    wrong = {row["outcome"] == "wrong" for row in found
             if (row["terms"], row["coordinates"], row["axis"]) == turned}  # fmt: skip
    others = {row["outcome"] for row in found if (row["terms"], row["coordinates"], row["axis"]) != turned}
    assert (wrong, others, {row["epoch"] for row in found}) == ({True}, {"correct"}, {1, 2, 3, 4, 5})
    assert all(row["completion"].startswith("The ") for row in found)


def test_results_have_the_schema(mini: Path, misground: Any, tmp_path: Path) -> None:
    log_dir = tmp_path / "log"
    done = misground(
        "eval", mini, "--model", "misground/oracle", "--no-validate", "--log-dir", log_dir, "--limit", 24
    )
    assert done.returncode == 0, done.stderr
    assert pq.read_schema(log_dir / "results.parquet").equals(RESULTS)
    record = json.loads((log_dir / "run.json").read_text())
    assert record["status"] == "complete"
    assert record["benchmark_hash"] == open_benchmark(mini).content_hash
    assert record["outcomes"] == {"correct": record["calls"]}
    assert record["versions"]["inspect_ai"]


def test_inspect_finds_the_task_and_the_models_by_itself(mini: Path, tmp_path: Path) -> None:
    inspect = Path(sys.executable).with_name("inspect")
    arguments = ["eval", "misground/benchmark", "-T", f"path={mini}", "-T", "filter=condition=text_only"]
    arguments += ["--model", "misground/oracle", "--display", "plain", "--log-dir", str(tmp_path / "logs")]
    run = subprocess.run(
        [str(inspect), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "INSPECT_CACHE_DIR": str(tmp_path / "cache")},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "accuracy" in run.stdout
    assert len(list((tmp_path / "logs").glob("*.eval"))) == 1
