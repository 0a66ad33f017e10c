"""A small benchmark, the command that evaluates on it, and a server that answers."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from misground.cli import main

SERVERS = Path(__file__).parents[1] / "servers"


@pytest.fixture(scope="session")
def mini(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """Questions of every task, dimension and condition, from one torso and one knee."""

    def make(out: Path) -> None:
        built = misground("build", "phantom:torso?n=1", "phantom:knee?n=1", "--seed", 3, "-o", out)
        assert built.returncode == 0, built.stderr

    return once("evaluated-mini", make)


class Mock:
    """A server of tests/servers."""

    def __init__(self, log: Path, *options: str, script: str = "mock_openai.py") -> None:
        self.log = log
        self.process = subprocess.Popen(
            [sys.executable, str(SERVERS / script), "--log", str(log), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def requests(self) -> list[dict[str, Any]]:
        """What was asked so far: the key of each question, the fault that it met, the number of pictures."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """And let go of it."""
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def mock(tmp_path: Path) -> Callable[..., Any]:
    """A context manager: mock(*options, script=...) -> Mock."""
    count = 0

    @contextmanager
    def serving(*options: str, script: str = "mock_openai.py") -> Iterator[Mock]:
        nonlocal count
        count += 1
        server = Mock(tmp_path / f"requests{count}.jsonl", *options, script=script)
        try:
            yield server
        finally:
            server.stop()

    return serving


@pytest.fixture
def evaluate(misground: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """evaluate(benchmark, *arguments): the command as a process, with a cache of this test's own."""

    def run(*arguments: object) -> Any:
        # The benchmarks are small: checking one here is quicker than starting workers for it.
        few = () if "--workers" in arguments else ("--workers", 1)
        cache = {"INSPECT_CACHE_DIR": str(tmp_path / "cache")}
        return misground("eval", *arguments, *few, environment=cache)

    return run


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """told(*arguments): exit status and standard error of the command, run in this process."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["misground", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture(scope="session")
def results() -> Callable[[Path], list[dict[str, Any]]]:
    """The rows of a log folder."""
    return lambda log_dir: pq.read_table(log_dir / "results.parquet").to_pylist()
