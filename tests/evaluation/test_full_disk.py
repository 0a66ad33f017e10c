"""A disk that fills up during a run: one line, nothing lost, and the run continues when there is room."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from misground.benchmark.files import ANSWERS_KEPT
from misground.errors import WorkError
from misground.evaluation.results import write_results
from misground.evaluation.run_record import write_record
from misground.records import RECORD_NAME, RESULTS_NAME

SIZES = {"before the first question": 8_192, "while the log is written": 1_000_000}  # bytes


@pytest.mark.parametrize("when", SIZES)
def test_a_run_on_a_full_disk_is_continued_when_there_is_room(
    when: str,
    evaluate: Callable[..., Any],
    mini: Path,
    results: Callable[..., Any],
    small_disk: Callable[[int], Path],
) -> None:
    disk = small_disk(SIZES[when])
    call = (mini, "--model", "misground/oracle", "--limit", 60, "--no-validate", "--log-dir", disk / "run")
    ran = evaluate(*call)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    line = ran.stderr.splitlines()[-1]
    assert line.startswith("misground: disk full while writing")
    assert "free some space" in line
    assert not list((disk / "run").glob("*.part"))

    small_disk(200_000_000)
    ran = evaluate(*call)
    assert ran.returncode == 0, ran.stderr
    rows = results(disk / "run")
    assert len({row["question_id"] for row in rows}) == len(rows) >= 60
    assert {row["outcome"] for row in rows} == {"correct"}


def test_a_reply_that_a_full_disk_kept_out_of_the_log_is_not_asked_for_again(
    evaluate: Callable[..., Any],
    mini: Path,
    mock: Any,
    results: Callable[..., Any],
    small_disk: Callable[[int], Path],
) -> None:
    disk = small_disk(300_000)
    with mock() as server:
        call = (mini, "--model", "mock", "--base-url", server.url, "--limit", 60, "--epochs", 1)
        call += ("--filter", "dimension=2d", "--no-validate", "--log-dir", disk / "run")
        ran = evaluate(*call)
        assert ran.returncode == 1
        line = ran.stderr.splitlines()[-1]
        assert line.startswith("misground: disk full while writing the log: free some space: ")
        assert "replies are kept: run the same command again" in line
        small_disk(200_000_000)
        ran = evaluate(*call)
        assert ran.returncode == 0, ran.stderr
        rows = results(disk / "run")
        keys = [request["key"] for request in server.requests()]
    assert len(set(keys)) == len(keys) == len(rows)


def write_long_record(folder: Path) -> None:
    write_record(folder, {"long": "x" * 100_000})


def write_empty_results(folder: Path) -> None:
    (folder / "more").write_bytes(bytes(2 * 4096))  # Parquet needs little room
    write_results([], folder / RESULTS_NAME, {})


@pytest.mark.parametrize(
    ("name", "write"), [(RESULTS_NAME, write_empty_results), (RECORD_NAME, write_long_record)]
)
def test_an_earlier_file_stays_whole_where_the_disk_is_full(
    name: str, write: Callable[[Path], None], small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(16 * 4096)
    (disk / name).write_bytes(b"as it was")
    (disk / "filler").write_bytes(bytes(13 * 4096))
    with pytest.raises(WorkError, match=f"disk full while writing {name}: .*; {ANSWERS_KEPT}"):
        write(disk)
    assert (disk / name).read_bytes() == b"as it was"
    assert not list(disk.glob(".*.part"))
