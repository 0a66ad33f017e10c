"""Runs to report on: made up with known truth, and one whose every name is hostile."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")

SYNTHETIC = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "synthetic_results.py"))
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> | `a` \u202eback\x1b[31m =cmd()'


@pytest.fixture(scope="session")
def folders(once: Callable[..., Path]) -> list[Path]:
    """Three runs of 720 questions and 14 cases, three epochs; the first has a run record."""

    def make(folder: Path) -> None:
        first, *_ = SYNTHETIC["write_all"](folder, 720, 14, 3, 5)
        record = {"run_id": "synthetic-small", "status": "complete", "versions": {"misground": "0.1.0"}}
        (first / "run.json").write_text(json.dumps({**record, "note": HOSTILE}))

    root = once("synthetic", make)
    return [root / name for name in SYNTHETIC["RUNS"]]


def changed(path: Path, to: Path | None = None, **values: Any) -> Path:
    """A results file with the same value in all rows of some columns; in its place, or elsewhere."""
    table = pq.read_table(path)
    for name, value in values.items():
        column = pa.array([value] * len(table), table.schema.field(name).type)
        table = table.set_column(table.schema.get_field_index(name), name, column)
    pq.write_table(table, to or path)
    return to or path


@pytest.fixture(scope="session")
def change() -> Any:
    """change(path, to=None, column=value, ...): a results file that is the same in all rows there."""
    return changed


@pytest.fixture(scope="session")
def hostile(folders: list[Path], once: Callable[..., Path]) -> Path:
    """The first run under a name that means something to HTML, Markdown, terminals and spreadsheets."""

    def make(folder: Path) -> None:
        folder.mkdir()
        names = {"model": HOSTILE, "benchmark_hash": HOSTILE, "run_id": "hostile"}
        changed(folders[0] / "results.parquet", folder / "results.parquet", **names)

    return once("hostile", make) / "results.parquet"


@pytest.fixture(scope="session")
def written(
    folders: list[Path], hostile: Path, misground: Any, once: Callable[..., Path]
) -> tuple[Path, str]:
    """A report on all four runs in all formats, and what the command said."""

    def make(folder: Path) -> None:
        formats = ("--format", "html", "--format", "md", "--format", "pdf")
        done = misground("report", *folders, hostile, "-o", folder / "report", *formats)
        assert done.returncode == 0, done.stderr
        (folder / "said.txt").write_text(done.stdout)

    folder = once("report", make)
    return folder / "report", (folder / "said.txt").read_text()


@pytest.fixture
def keep(folders: list[Path], tmp_path: Path) -> Any:
    """keep(wanted, name): the rows of the first run that are wanted, as a results file."""

    def kept(wanted: Any, name: str = "kept") -> Path:
        rows = pq.read_table(folders[0] / "results.parquet")
        chosen = [row for row in rows.to_pylist() if wanted(row)]
        path = tmp_path / name / "results.parquet"
        path.parent.mkdir()
        pq.write_table(pa.Table.from_pylist(chosen, rows.schema), path)
        return path

    return kept
