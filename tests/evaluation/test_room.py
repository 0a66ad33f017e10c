"""What a run needs of the disk beside its log folder, and what it may not overwrite."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai._util import logger as inspect_logger

from misground.errors import UsageError, WorkError
from misground.evaluation.alone import check_log_dir
from misground.evaluation.room import check_room, forgive_traces


@pytest.mark.parametrize(
    ("variable", "said"), [("XDG_DATA_HOME", "keeps its notes"), ("TMPDIR", "temporary files")]
)
def test_a_full_disk_elsewhere_is_named_before_the_first_question(
    variable: str, said: str, small_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk(64 * 4096)
    (disk / "filler").write_bytes(bytes(58 * 4096))
    monkeypatch.setenv(variable, str(disk))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(
        WorkError, match=f"disk full while writing to the folder .*{said}, {disk}.*{variable}"
    ):
        check_room()
    (disk / "filler").unlink()
    small_disk(4_000_000)
    check_room()


def test_a_home_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(
        WorkError, match=r"cannot write to the folder where inspect_ai .* \(Not a directory\)"
    ):
        check_room()


def test_a_trace_that_cannot_be_written_ends_silently(
    small_disk: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    forgive_traces()
    forgive_traces()
    module: Any = inspect_logger
    disk = small_disk(2 * 4096)
    handler = module.FileHandler(disk / "trace.log")
    for _ in range(20):
        handler.emit(logging.LogRecord("x", logging.INFO, "x", 1, "x" * 1000, (), None))
    module.compress_trace_log(handler)()
    assert capsys.readouterr().err == ""


def test_results_of_the_user_are_not_overwritten(tmp_path: Path) -> None:
    benchmark = tmp_path / "benchmark"
    (benchmark / "views").mkdir(parents=True)
    for name in ("results.parquet", "eval-set.json", "logs.json"):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(UsageError, match=rf"contains {name} but no run\.json"):
            check_log_dir(folder, benchmark)
        (folder / "run.json").write_text("{}")
        check_log_dir(folder, benchmark)
    (tmp_path / "alias").symlink_to("benchmark")
    for inside in (benchmark, benchmark / "run", tmp_path / "alias" / "views"):
        with pytest.raises(UsageError, match="is inside the benchmark folder"):
            check_log_dir(inside, benchmark)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        check_log_dir(tmp_path / "file", benchmark)
    check_log_dir(tmp_path / "new", benchmark)
