"""The examples in the docstrings of misground run and print what they say."""

import doctest
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
MODULES = sorted(
    ".".join(path.relative_to(SRC).with_suffix("").parts)
    for path in (SRC / "misground").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.fixture(scope="session")
def folder(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """A folder that holds what the examples read: the benchmark `knees`."""

    def make(out: Path) -> None:
        built = misground("build", "phantom:knee?n=1", "-o", out / "knees", "--max-questions", 60)
        assert built.returncode == 0, built.stderr

    return once("examples", make)


def test_the_loaders_have_examples() -> None:
    assert "misground.benchmark.load" in MODULES


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(name)
    if name == "misground.benchmark.load":
        monkeypatch.chdir(request.getfixturevalue("folder"))
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
