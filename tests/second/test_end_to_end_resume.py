"""The same benchmark, however the work was split, and however often it was killed and started again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from second import builds

ARGUMENTS = ("phantom:torso?n=2", "phantom:knee?n=2", "--max-questions", "192", "--per-case", "48")
# Killed as soon as so many cases have their pictures on disk.
MOMENTS = (1, 2, 3)


@pytest.fixture(scope="module")
def one_worker(once: Callable) -> Path:
    return once("one-worker", lambda out: builds.build(out, *ARGUMENTS))


def test_two_workers_build_what_one_builds(one_worker: Path, tmp_path: Path) -> None:
    builds.build(tmp_path / "two", *ARGUMENTS, workers=2)
    assert builds.differing(one_worker, tmp_path / "two") == []


def test_a_build_killed_three_times_ends_as_one_that_never_was(one_worker: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    finished: dict[Path, int] = {}
    for moment in MOMENTS:

        def come(moment: int = moment) -> bool:
            return len(list(out.glob("views/*.parquet"))) >= moment

        builds.build_and_kill(out, come, *ARGUMENTS)
        # A case is finished once its marker is there too, which is written after its pictures.
        known = [out / "views" / f"{m.stem}.parquet" for m in out.glob(".build/rendered/*.json")]
        finished |= {file: file.stat().st_mtime_ns for file in known}
    builds.build(out, *ARGUMENTS, workers=2)
    assert builds.differing(one_worker, out) == []
    assert finished
    assert {file: file.stat().st_mtime_ns for file in finished} == finished
