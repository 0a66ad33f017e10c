"""A build continues what a build left, and neither takes nor removes the files of anyone else."""

import json
from pathlib import Path
from typing import Any

import pytest

from misground.benchmark.files import replacing
from misground.benchmark.folder import Folder, begin, open_for
from misground.benchmark.settings import FORMAT
from misground.errors import UsageError

REQUEST: dict[str, Any] = {
    "format": FORMAT, "version": "1", "preset": "mini", "seed": 0, "settings": {}, "sources": [],
}  # fmt: skip


def contents(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine")


FOREIGN = [
    (".build/debug.yaml",),
    (".build/checkouts/code.swift",),
    (".build/plans/notes.txt",),
    (".build/plans/0123456789abcdef.npz/x",),
    (".build/request.json",),
    (".git/config",),
    ("views/0123456789abcdef.parquet",),
    (".build",),
]


@pytest.mark.parametrize("names", FOREIGN, ids=str)
def test_a_folder_of_another_tool_is_refused_and_kept(names: tuple[str, ...], tmp_path: Path) -> None:
    fill(tmp_path / "out", *names)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="is not empty but is not a benchmark"):
        open_for(tmp_path / "out", REQUEST)
    assert contents(tmp_path) == before


def test_a_link_in_the_place_of_the_work_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "request.json").write_text(json.dumps(REQUEST))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".build").symlink_to("../elsewhere")
    with pytest.raises(UsageError, match=r"is not a benchmark \(\.build "):
        open_for(tmp_path / "out", REQUEST)


def test_what_a_killed_build_left_is_gone_on_with(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    begin(folder, REQUEST)
    for path in (folder.plan("a"), folder.labels("a"), folder.marker("a"), folder.work / "lock"):
        fill(path.parent, path.name)
    assert open_for(folder.root, REQUEST) == (folder, False)
    folder.clear_work()
    assert list(folder.root.iterdir()) == []


def test_only_files_of_a_build_are_removed(tmp_path: Path) -> None:
    mine = (".build/notes.txt", ".build/plans/x.npz", ".thesis.part", "sub/.misground-0123456789abcdef.part")
    folder = Folder(tmp_path)
    begin(folder, REQUEST)
    fill(tmp_path, *mine, ".misground-0123456789abcdef.part", "views/.a.parquet.12-01234567.part")
    fill(folder.plan("a").parent, folder.plan("a").name)
    folder.remove_parts()
    folder.clear_work()
    assert contents(tmp_path) == dict.fromkeys(mine, "mine")


def test_a_page_of_the_user_is_not_overwritten_by_the_card(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    begin(folder, REQUEST)
    folder.card.write_text("# My notes")
    with pytest.raises(UsageError, match=r"README\.md is not the card of a benchmark and would be lost"):
        open_for(tmp_path, REQUEST)
    folder.card.write_text("---\nx\n---\n\n# MIS-Ground benchmark\n")
    open_for(tmp_path, REQUEST)


def test_a_file_with_a_name_of_255_bytes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".txt")
    with replacing(path) as part:
        part.write_text("x")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
