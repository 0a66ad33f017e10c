"""The explorer as a folder: whole or not at all."""

import errno
from pathlib import Path
from typing import Any

import pytest

from misground.errors import UsageError, WorkError
from misground.report.explorer import Exported, export_static
from misground.report.explorer.site import STATIC, open_site


def files_of(folder: Path) -> dict[str, int]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}


def test_the_folder_holds_what_the_server_answers_and_nothing_else(
    mini: Path, runs: Any, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    done = export_static(mini, runs, tmp_path / "out", progress=lambda *step: told.append(step))
    files = files_of(tmp_path / "out")
    assert done == Exported(len(files), sum(files.values()))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with open_site(mini, runs) as site:
        for name in files:
            assert (tmp_path / "out" / name).read_bytes() == site.read(name), name
        steps = len(site.catalogue.item_ids) + len(site.catalogue.view_ids)
        pictures = sum(len(site.frames(view_id)) for view_id in site.catalogue.view_ids)
        assert len(files) == len(STATIC) + 1 + len(site.catalogue.item_ids) + pictures
    assert told == [(step, steps) for step in range(1, steps + 1)]


def test_an_empty_folder_is_taken_and_another_refused(mini: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    export_static(mini, [], empty)
    before = files_of(empty)
    with pytest.raises(UsageError, match="contains other files"):
        export_static(mini, [], empty)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        export_static(mini, [], tmp_path / "file")
    with pytest.raises(UsageError, match="is inside the benchmark folder"):
        export_static(mini, [], mini / "explorer")
    assert files_of(empty) == before
    assert not (mini / "explorer").exists()


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "disk full while writing"), (errno.EACCES, "cannot write")]
)
def test_a_failed_export_leaves_nothing(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    write, written = Path.write_bytes, []

    def fails(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 40:
            raise OSError(number, "no")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fails)
    with pytest.raises(WorkError, match=told):
        export_static(mini, [], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_export_is_private_and_a_folder_beside_it_is_left_alone(mini: Path, tmp_path: Path) -> None:
    beside = tmp_path / ".out.part"
    beside.mkdir()
    (beside / "thesis").touch()
    export_static(mini, [], tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in beside.iterdir()] == ["thesis"]


def test_a_benchmark_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        export_static(tmp_path / "nowhere", [], tmp_path / "out")
    assert not (tmp_path / "out").exists()
