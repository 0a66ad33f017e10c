"""`misground build` as a user calls it, watched and disturbed."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster import processes

MISGROUND = Path(sys.executable).with_name("misground")
CASES = 6
OPTIONS = ("--preset", "paper", "--max-questions", "200", "--per-case", "48")


@dataclass(frozen=True)
class Builds:
    """Calls of one build that differ only in where it runs and what it writes to."""

    source: str
    environment: dict[str, str]

    def call(self, out: object, *options: str) -> list[str]:
        return [str(MISGROUND), "build", self.source, "-o", str(out), *OPTIONS, *options]

    def run(
        self, out: object, *options: str, environment: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.call(out, *options),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            env=self.environment | (environment or {}),
        )

    @contextmanager
    def running(
        self, out: object, *options: str, environment: dict[str, str] | None = None
    ) -> Iterator["subprocess.Popen[str]"]:
        """A build while it runs; ended with the block."""
        with subprocess.Popen(
            self.call(out, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment | (environment or {}),
        ) as run:
            try:
                yield run
            finally:
                run.kill()

    def all_gone(self) -> list[str]:
        """What these calls started and is still running after a while."""
        return processes.wait_until_gone(self.environment[processes.MARK])


def wait_until(condition: Callable[[], object], run: "subprocess.Popen[str] | None" = None) -> None:
    """Raises AssertionError where `run` ends before, or it takes too long."""
    patience = time.monotonic() + 300
    while not condition():
        assert run is None or run.poll() is None, f"ended too early: {run.communicate()}"
        assert time.monotonic() < patience, "it never came to that"
        time.sleep(0.03)


def ended(run: "subprocess.Popen[str]", seconds: float = 600) -> tuple[int, str]:
    """Exit status and standard error."""
    _, errors = run.communicate(timeout=seconds)
    return run.returncode, errors


def finished(out: Path) -> dict[Path, int]:
    """Files of the cases that are drawn, and when each was written.

    A case is finished once its marker is there too, which is written after its pictures.
    """
    known = [out / "views" / f"{marker.stem}.parquet" for marker in out.glob(".build/rendered/*.json")]
    return {file: file.stat().st_mtime_ns for file in known}


def untouched(files: dict[Path, int]) -> bool:
    return bool(files) and all(file.stat().st_mtime_ns == time for file, time in files.items())


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative name."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of the files that one has otherwise than the other, or not at all."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
