"""Whatever ends a command that writes a benchmark in another form, the same command then succeeds."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from misground.benchmark.export import FORMATS, export
from misground.benchmark.export.target import EXPORT
from misground.benchmark.sheet.write import write_sheet
from misground.benchmark.written.kind import FolderKind, lock_name
from misground.benchmark.written.target import check_target
from misground.errors import UsageError, WorkError
from misground.report.explorer import export_static
from misground.report.explorer.export import PAGES

HANG = 300  # seconds
KILLING = """
import importlib, os, signal, sys
module, name = sys.argv[1:3]
del sys.argv[1:3]
setattr(importlib.import_module(module), name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from misground.cli import main
main()
"""
AT = {
    "export": ("misground.benchmark.export.lmms_eval", "write_text", "--format", "lmms-eval", "-o"),
    "view": ("misground.report.explorer.export", "frame_name", "--export"),
    "sheet": ("misground.benchmark.sheet.write", "stamped", "-o"),
}
AGAIN: dict[str, Callable[[Path, Path], Any]] = {
    "export": lambda out, to: export(out, to, "lmms-eval"),
    "view": lambda out, to: export_static(out, [], to),
    "sheet": write_sheet,
}


@pytest.mark.parametrize("command", AT)
def test_after_a_kill_the_same_command_succeeds(
    command: str, few: Callable[..., Path], tmp_path: Path
) -> None:
    out = few(lambda row: row["dimension"] == "2d", 4)
    module, name, *options = AT[command]
    (tmp_path / "thesis.txt").write_text("mine")
    to = tmp_path / "to"
    killed = subprocess.run(
        [sys.executable, "-c", KILLING, module, name, command, out, *options, to],
        check=False, capture_output=True, timeout=HANG, env={**os.environ},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not to.exists()
    AGAIN[command](out, to)
    found = [path.name for path in tmp_path.iterdir() if not path.name.endswith(".part")]
    assert sorted(found) == ["thesis.txt", "to"]
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_ends_an_export_in_one_line(
    form: Any, few: Callable[..., Path], small_disk: Callable[[int], Path]
) -> None:
    out, disk = few(lambda row: row["dimension"] == "2d", 4), small_disk(6 * 4096)
    with pytest.raises(
        WorkError, match=r"disk full while writing .*: free some space .* nothing was written"
    ):
        export(out, disk / "to", form)
    assert list(disk.iterdir()) == []
    small_disk(20_000_000)
    export(out, disk / "to", form)


def test_a_full_disk_ends_an_explorer_in_one_line(
    few: Callable[..., Path], small_disk: Callable[[int], Path]
) -> None:
    out, disk = few(lambda row: row["dimension"] == "2d", 4), small_disk(40 * 4096)
    with pytest.raises(
        WorkError, match=r"disk full while writing to: free some space .* nothing was written"
    ):
        export_static(out, [], disk / "to")
    assert list(disk.iterdir()) == []


@contextmanager
def held(to: Path, kind: FolderKind) -> Iterator[None]:
    target = check_target(to, kind)
    with FileLock(target.beside / lock_name(target.key)):
        yield


def test_a_folder_that_another_command_is_writing_is_refused(
    few: Callable[..., Path], tmp_path: Path
) -> None:
    out = few()
    with (
        held(tmp_path / "to", EXPORT),
        pytest.raises(UsageError, match="another export is being written here"),
    ):
        export(out, tmp_path / "to", "jsonl")
    with (
        held(tmp_path / "to", PAGES),
        pytest.raises(UsageError, match="another explorer is being written here"),
    ):
        export_static(out, [], tmp_path / "to")
    assert not (tmp_path / "to").exists()
