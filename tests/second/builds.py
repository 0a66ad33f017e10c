"""`misground build` as a user calls it, and folders compared byte by byte."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

MISGROUND = Path(sys.executable).with_name("misground")


def command(out: Path, *arguments: str) -> list[str]:
    return [str(MISGROUND), "build", *arguments, "-o", str(out)]


def build(out: Path, *arguments: str, workers: int = 1) -> None:
    call = command(out, *arguments, "--workers", str(workers))
    ran = subprocess.run(call, capture_output=True, text=True, check=False, timeout=1200)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def build_and_kill(out: Path, when: Callable[[], bool], *arguments: str) -> None:
    """Start a build and end it, workers and all, without warning, as soon as `when` holds."""
    run = subprocess.Popen(
        command(out, *arguments, "--workers", "2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    patience = time.monotonic() + 600
    try:
        while not when():
            assert run.poll() is None, "the build ended before it was to be killed"
            assert time.monotonic() < patience, "the build did not come to where it was to be killed"
            time.sleep(0.002)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait(timeout=300)
    assert run.returncode == -signal.SIGKILL


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative name."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def differing(one: Path, other: Path) -> list[str]:
    """Names of the files that one folder has otherwise than the other, or not at all."""
    a, b = contents(one), contents(other)
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def cases_but_source(folder: Path) -> list[dict]:
    return pq.read_table(folder / "cases.parquet").drop_columns("source").to_pylist()
