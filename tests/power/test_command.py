"""`misground power` on a benchmark from phantoms."""

import csv
import json
import runpy
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import misground.power.power
from misground.analysis.plans import PLANS
from misground.benchmark.load import open_benchmark
from misground.cli import cli
from misground.cli.planning import run_power
from misground.errors import UsageError

SYNTHETIC = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "synthetic_results.py"))


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed and written does not depend on their number."""
    monkeypatch.setattr(misground.power.power, "power", partial(misground.power.power.power, draws=5))


def call(*arguments: object) -> Any:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["power", *map(str, arguments)])


def test_the_table_has_a_row_for_each_planned_contrast(knees: Path) -> None:
    done = call(knees)
    assert done.exit_code == 0, done.output
    assert all(plan.name in done.stdout for plan in PLANS)
    assert f"2 cases, {len(open_benchmark(knees).questions())} questions, each asked once." in done.stdout


def test_the_folder_holds_figure_json_and_csv_and_json_is_printed_alone(knees: Path, tmp_path: Path) -> None:
    to = tmp_path / "power"
    done = call(knees, "--epochs", 2, "--difference", 20, "-o", to, "--json")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in to.iterdir()) == [
        "files.json", "power.csv", "power.json", "power.pdf", "power.png", "power.svg",
    ]  # fmt: skip
    found = json.loads(done.stdout)
    assert found == json.loads((to / "power.json").read_text(encoding="utf-8"))
    assert found["benchmark_hash"] == open_benchmark(knees).content_hash
    assert (found["epochs"], found["difference"]) == (2, 20.0)
    with (to / "power.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["contrast"] for row in rows] == [plan.name for plan in PLANS]
    assert [one["by_interval"] for one in found["contrasts"]] == [
        float(row["by_interval"]) if row["by_interval"] else None for row in rows
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--accuracy", "0.6"], "0.6 is not in the range 1<=x<=99"),
        (["--difference", "0"], "0.0 is not in the range"),
        (["--epochs", "0"], "0 is not in the range"),
    ],
)
def test_arguments_out_of_range_are_refused(options: list[str], said: str, knees: Path) -> None:
    done = call(knees, *options)
    assert done.exit_code == 2
    assert said in done.output


def test_a_folder_inside_the_benchmark_is_refused_before_any_work(knees: Path) -> None:
    done = call(knees, "-o", knees / "power")
    assert isinstance(done.exception, UsageError)
    assert "is inside the benchmark folder" in str(done.exception)


def test_a_pilot_on_another_benchmark_is_refused_in_one_line(knees: Path, tmp_path: Path) -> None:
    pilot = results(tmp_path, "other/model", "f" * 64)
    with pytest.raises(UsageError, match="holds a run on the benchmark ffffffffffff, expected "):
        run_power(knees, None, None, 0.6, [pilot])


def test_a_pilot_of_baselines_is_refused(knees: Path, tmp_path: Path) -> None:
    pilot = results(tmp_path, "misground/random", open_benchmark(knees).content_hash)
    with pytest.raises(UsageError, match="holds baselines only, expected the run of a model"):
        run_power(knees, None, None, 0.6, [pilot])


def test_other_epochs_than_the_pilots_are_refused(knees: Path, tmp_path: Path) -> None:
    pilot = results(tmp_path, "lab/model", open_benchmark(knees).content_hash)
    with pytest.raises(UsageError, match="--epochs is 5, but the pilot asked each question up to 2 times"):
        run_power(knees, 5, None, 0.6, [pilot])
    _, found = run_power(knees, None, None, 0.6, [pilot])
    assert (found.epochs, list(found.pilot)) == (2, ["synthetic-small"])
    assert any(row.pilot for row in found.rows)


def test_a_folder_that_is_no_benchmark_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a benchmark"):
        run_power(tmp_path, None, None, 0.6, [])


def results(folder: Path, model: str, benchmark_hash: str) -> Path:
    """A results file with made-up replies of a model to a benchmark, two to each question."""
    first, *_ = SYNTHETIC["write_all"](folder, 720, 14, 2, 5)
    path = first / "results.parquet"
    table = pq.read_table(path)
    for name, value in (("model", model), ("benchmark_hash", benchmark_hash)):
        column = pa.array([value] * len(table), table.schema.field(name).type)
        table = table.set_column(table.schema.get_field_index(name), name, column)
    pq.write_table(table, path)
    return path
