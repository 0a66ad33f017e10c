"""A table is written whole or not at all: read-only, full, missing, killed, two at a time."""

import os
import signal
import subprocess
import sys
import threading

import pytest
import torch

from semsam import NeighborTable, TableError
from semsam.writing import check_target, write_whole

TABLE = NeighborTable(ids=[[0, 1], [1, 0]], weights=[[1, 0.5], [1, 0.5]], content=[True, True])


def test_a_new_file_has_the_rights_of_any_other(tmp_path):
    (tmp_path / "other").touch()
    write_whole(tmp_path / "new", b"x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "other"]


def test_a_name_of_any_length_is_written(tmp_path):
    write_whole(tmp_path / ("x" * 255), b"x")


@pytest.mark.parametrize("name", ["missing/t", "folder", "x" * 256, "pipe"])
def test_where_no_file_can_be_it_is_one_line_and_nothing_is_left(tmp_path, name):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    for act in (check_target, TABLE.save):
        with pytest.raises(TableError, match=r"cannot write the table .*: choose another --output") as raised:
            act(tmp_path / name)
        assert "\n" not in str(raised.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_the_earlier_table(small_disk):
    disk = small_disk(16 * 2**10)
    TABLE.save(disk / "t")
    large = NeighborTable(torch.arange(4096).reshape(-1, 1), torch.ones(4096, 1), torch.ones(4096))
    with pytest.raises(TableError, match="No space left on device"):
        large.save(disk / "t")
    assert NeighborTable.load(disk / "t").equals(TABLE)
    assert [path.name for path in disk.iterdir()] == ["t"]


def test_a_read_only_disk_is_seen_before_the_work(small_disk):
    disk = small_disk(2**20)
    TABLE.save(disk / "t")
    assert subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=False).returncode == 0
    with pytest.raises(TableError, match="Read-only file system"):
        check_target(disk / "t")
    assert NeighborTable.load(disk / "t").equals(TABLE)


def test_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "t"

    def write(number):
        for _ in range(20):
            write_whole(path, bytes([number]) * 100_000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = path.read_bytes()
    assert len(found) == 100_000
    assert len(set(found)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["t"]


KILLED = """
import os, signal, sys
from pathlib import Path
from semsam import writing
real = os.fsync
def stop(file):
    real(file)
    print("written", flush=True)
    signal.pause()
os.fsync = stop
writing.write_whole(Path(sys.argv[1]), b"new" * 1000)
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "t"
    path.write_bytes(b"old")
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "written\n"
    run.send_signal(signal.SIGKILL)
    run.wait(60)
    run.stdout.close()
    assert path.read_bytes() == b"old"
    write_whole(path, b"next")
    assert path.read_bytes() == b"next"
