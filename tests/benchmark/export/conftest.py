"""A small benchmark of both bodies, and its exports."""

from pathlib import Path

import pytest

from misground.benchmark.building.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.export import FORMATS, export
from misground.benchmark.load import open_benchmark
from misground.benchmark.settings import BuildSettings


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
    """Questions of every task, dimension and condition, from one torso and one knee."""
    out = tmp_path_factory.mktemp("benchmark") / "out"
    settings = BuildSettings(preset="mini", seed=3)
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
