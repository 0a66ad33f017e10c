"""Whatever ends `misground report`, an earlier report stays, and the same command then succeeds."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from misground.analysis.results import read_runs
from misground.benchmark.written.kind import lock_name
from misground.benchmark.written.target import check_target
from misground.errors import UsageError, WorkError
from misground.report import write
from misground.report.write import REPORT, write_report

HANG = 300  # seconds
KILLING = """
import os, signal
import misground.report.write
misground.report.write.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from misground.cli import main
main()
"""


@pytest.fixture
def runs(folders: list[Path]) -> Any:
    return read_runs([folders[0]])


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes the most time, and nothing here looks at the figures."""
    monkeypatch.setattr(
        write, "save", lambda figure, folder: (folder / f"{figure.name}.svg").write_text("<svg/>")
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_after_a_kill_the_earlier_report_is_there_and_is_then_replaced(
    runs: Any, folders: list[Path], tmp_path: Path
) -> None:
    to = tmp_path / "report"
    write_report(runs, to, ("md",))
    before = contents(to)
    call = ["report", folders[0], "-o", to, "--format", "md"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLING, *call], check=False, capture_output=True, timeout=HANG
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert contents(to).items() > before.items()  # beside the remains, which are hidden
    assert all(name in before or name.startswith(".misground-") for name in contents(to))
    write_report(runs, to, ("md",))
    assert contents(to) == before


def test_a_full_disk_leaves_the_earlier_report(runs: Any, small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(20_000_000)
    to = disk / "report"
    write_report(runs, to, ("md",))
    before = contents(to)
    small_disk(sum(-(-len(content) // 4096) * 4096 for content in before.values()) + 40_960)
    with pytest.raises(WorkError, match=r"disk full while writing report: .*; no new report was written"):
        write_report(runs, to, ("md",))
    assert contents(to) == before


def test_a_report_that_another_command_is_writing_is_refused(runs: Any, tmp_path: Path) -> None:
    for make_first in (False, True):
        if make_first:
            write_report(runs, tmp_path / "report", ("md",))
        target = check_target(tmp_path / "report", REPORT)
        with (
            FileLock(target.beside / lock_name(target.key)),
            pytest.raises(UsageError, match="another report is being written here: wait until it ends"),
        ):
            write_report(runs, tmp_path / "report", ("md",))
