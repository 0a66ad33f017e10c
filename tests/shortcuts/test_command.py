"""`misground shortcuts` and the end of `misground build`, on benchmarks from phantoms."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from misground.benchmark.folder import Folder
from misground.benchmark.load import open_benchmark
from misground.shortcuts import measure, read_benchmark, read_built
from misground.shortcuts.letters import MEASURED
from misground.shortcuts.seen import VIEW_COLUMNS, seen

SOURCES = ("phantom:knee?n=2",)


@pytest.fixture(scope="session")
def knees(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """A small benchmark of two knees."""

    def make(out: Path) -> None:
        built = misground("build", *SOURCES, "-o", out, "--max-questions", 120)
        assert built.returncode == 0, built.stderr

    return once("shortcut-knees", make)


def test_the_table_names_every_cell(knees: Path, misground: Callable[..., Any]) -> None:
    done = misground("shortcuts", knees)
    assert done.returncode == 0, done.stderr
    assert "cross-slice, with picture, colloquial, MRI" in done.stdout
    assert "no verdict: it takes questions about 10 cases in a row" in done.stdout


def test_the_folder_holds_figure_json_and_csv_and_is_replaced(
    knees: Path, misground: Callable[..., Any], tmp_path: Path
) -> None:
    to = tmp_path / "measured"
    for _ in range(2):
        done = misground("shortcuts", knees, "-o", to)
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in to.iterdir()) == [
        "files.json", "shortcuts.csv", "shortcuts.json", "shortcuts.pdf", "shortcuts.png", "shortcuts.svg",
    ]  # fmt: skip
    found = json.loads((to / "shortcuts.json").read_text(encoding="utf-8"))
    assert found["benchmark_hash"] == open_benchmark(knees).content_hash
    with (to / "shortcuts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["guesser"] for row in rows] == [score["guesser"] for score in found["scores"]]


def test_json_is_printed_alone(knees: Path, misground: Callable[..., Any]) -> None:
    printed = json.loads(misground("shortcuts", knees, "--json").stdout)
    assert {"accuracy", "low", "high", "chance", "ceiling", "kind", "why", "wins"} <= printed["scores"][
        0
    ].keys()


@pytest.mark.parametrize("where", ["inside", "other"])
def test_a_folder_that_is_not_ours_is_refused_before_any_work(
    where: str, knees: Path, misground: Callable[..., Any], tmp_path: Path
) -> None:
    to = knees / "shortcuts" if where == "inside" else tmp_path
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = misground("shortcuts", knees, "-o", to)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is inside the benchmark folder" in done.stderr or "contains other files" in done.stderr


@pytest.mark.parametrize("name", ["nowhere", "views"])
def test_a_folder_that_is_no_benchmark_is_one_line(
    name: str, knees: Path, misground: Callable[..., Any]
) -> None:
    done = misground("shortcuts", knees / name)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_the_card_has_the_section_and_the_option_leaves_it_out(
    knees: Path, misground: Callable[..., Any], tmp_path: Path
) -> None:
    assert "\n## Shortcuts\n" in (knees / "README.md").read_text(encoding="utf-8")
    done = misground("build", *SOURCES, "-o", tmp_path / "out", "--max-questions", 120, "--no-shortcuts")
    assert done.returncode == 0, done.stderr
    without = tmp_path / "out"
    assert "Shortcuts" not in (without / "README.md").read_text(encoding="utf-8")
    assert open_benchmark(without).content_hash == open_benchmark(knees).content_hash


def test_a_folder_an_object_store_and_a_finished_benchmark_read_alike(knees: Path) -> None:
    store = UPath("memory://shortcuts")
    for path in sorted(knees.rglob("*.parquet")):
        target = store / path.relative_to(knees).as_posix()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    found = [measure(read_built(Folder(place))) for place in (knees, store)]
    finished = measure(read_benchmark(open_benchmark(knees)))
    assert found == [finished, finished]


def test_a_large_benchmark_is_measured_on_whole_cases(knees: Path) -> None:
    sample = read_benchmark(open_benchmark(knees), most_items=1)
    assert (sample.cases, sample.all_cases) == (1, 2)
    assert len({one.row["case_id"] for one in sample.asked}) == 1
    assert read_built(Folder(knees), most_items=1) == sample


def test_the_side_of_a_letter_is_found_in_every_marked_view(knees: Path) -> None:
    benchmark = open_benchmark(knees)
    ids = [one for one in benchmark.questions(("view_id",))["view_id"].to_pylist() if one is not None]
    sides = [seen(view).letters for view in benchmark.views(set(ids), VIEW_COLUMNS) if view["marks"]]
    assert len(sides) > 10
    assert all(set(one) == set(MEASURED) for one in sides)
    assert len({one["box"] for one in sides}) > 1
