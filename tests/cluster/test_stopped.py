"""Builds that are stopped by a scheduler, or whose source is lost, on either engine."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from cluster.builds import Builds, contents, differing, ended, finished, wait_until


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_sigterm_stops_as_ctrl_c_does(builds: Builds, expected: Path, tmp_path: Path, engine: str) -> None:
    out = tmp_path / "out"
    with builds.running(out, "--workers", "1", "--engine", engine) as run:
        wait_until(lambda: finished(out), run)
        os.kill(run.pid, signal.SIGTERM)
        status, errors = ended(run)
    assert status == 1
    told = [line for line in errors.splitlines() if line.startswith("misground:")]
    assert told == ["misground: stopped: finished cases are kept; run the same command again to continue"], (
        errors
    )
    assert "Traceback" not in errors
    assert "SIGTERM" not in errors
    assert builds.all_gone() == []
    ran = builds.run(out, "--workers", "1")
    assert ran.returncode == 0, ran.stderr
    assert differing(contents(out), contents(expected)) == []


def test_a_source_that_is_gone_stops_the_build_and_makes_no_case_a_bad_one(
    builds: Builds, expected: Path, tmp_path: Path
) -> None:
    kind, _, folder = builds.source.partition(":")
    source, away, out = tmp_path / "scans", tmp_path / "away", tmp_path / "out"
    shutil.copytree(folder, source, copy_function=shutil.copy2)
    moved = Builds(f"{kind}:{source}", builds.environment)
    with moved.running(out, "--workers", "1") as run:
        wait_until(lambda: list(out.glob(".build/plans/*.npz")), run)
        source.rename(away)
        status, errors = ended(run)
    assert status == 1
    assert errors.splitlines()[-1].startswith(f"misground: {source} is missing: restore it")
    assert "Traceback" not in errors

    away.rename(source)
    ran = moved.run(out, "--workers", "1")
    assert ran.returncode == 0, ran.stderr
    assert differing(contents(out), contents(expected)) == []
