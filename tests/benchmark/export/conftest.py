"""A small benchmark of both bodies, and its exports."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.benchmark.building.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.export import FORMATS, export
from misground.benchmark.load import open_benchmark
from misground.benchmark.settings import BuildSettings
from misground.records import PROBES
from misground.records.schemas import QUESTIONS, VIEWS


class Quiet:
    """Progress that says nothing."""

    def phase(self, name: str, total: int, done: int) -> None:
        pass

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        pass

    def say(self, text: str) -> None:
        pass


@pytest.fixture(scope="session")
def small_benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions of every task, dimension, condition and probe, from one torso and one knee."""
    out = tmp_path_factory.mktemp("benchmark") / "out"
    settings = BuildSettings(preset="mini", seed=3, probes=PROBES)
    build(["phantom:torso?n=1", "phantom:knee?n=1"], out, settings, engine=LocalEngine(1), progress=Quiet())
    return out


@pytest.fixture(scope="session")
def exports(small_benchmark: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one export in each format, named by it."""
    root = tmp_path_factory.mktemp("exports")
    for form in FORMATS:
        export(small_benchmark, root / form, form)
    return root


@pytest.fixture(scope="session")
def asked(small_benchmark: Path) -> dict[str, dict]:
    """The benchmark's own questions by id."""
    return {row["question_id"]: row for row in open_benchmark(small_benchmark).questions().to_pylist()}


@pytest.fixture
def few(small_benchmark: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """few(wanted, most, view=change): a benchmark of some questions, with views that `change` may alter."""

    def made(
        wanted: Callable[[dict[str, Any]], bool] = lambda row: row["condition"] == "image",
        most: int = 6,
        view: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> Path:
        root = tmp_path_factory.mktemp("few") / "out"
        root.mkdir()
        opened = open_benchmark(small_benchmark)
        rows = [row for row in opened.questions().to_pylist() if wanted(row)]
        rows = rows[:: max(1, len(rows) // most)][:most]
        assert rows
        views = list(opened.views([row["view_id"] for row in rows if row["view_id"]]))
        for one in views:
            view(one)
        for name in ("manifest.json", "cases.parquet", "skipped.parquet", "README.md"):
            shutil.copy(small_benchmark / name, root / name)
        for name, schema, values in (("questions/test", QUESTIONS, rows), ("views/a", VIEWS, views)):
            (root / name).parent.mkdir()
            pq.write_table(pa.Table.from_pylist(values, schema), root / f"{name}.parquet")
        return root

    return made
