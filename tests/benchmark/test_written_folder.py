"""A command writes a folder as a whole, and only what it can prove to be its own is ever replaced."""

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from misground.benchmark.files import digest
from misground.benchmark.written import FolderKind, Input, check_target, find_written, writing_folder
from misground.benchmark.written.kind import JOURNAL, lock_name
from misground.benchmark.written.target import check_target as located
from misground.errors import UsageError, WorkError

NAMES = re.compile(r"page\.(?:html|md)|tables/[a-z]+\.csv")
KIND = FolderKind("page", NAMES, "page.json", "a new folder or an earlier page", earlier=frozenset({"runs"}))
PLAIN = FolderKind("site", NAMES, private=True)
OLD, NEW = {"page.html": "old", "tables/a.csv": "1"}, {"page.md": "new", "tables/b.csv": "2"}


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)


def write(to: Path, files: dict[str, str], kind: FolderKind = KIND, inputs: tuple[Input, ...] = ()) -> None:
    with writing_folder(to, kind, inputs) as writing:
        fill(writing.folder, files)


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def written(folder: Path) -> dict[str, str]:
    found = contents(folder)
    found.pop("page.json")
    return found


def refused(to: Path, said: str, kind: FolderKind = KIND, inputs: tuple[Input, ...] = ()) -> None:
    with pytest.raises(UsageError, match=said) as raised, writing_folder(to, kind, inputs):
        pytest.fail("the work began")
    assert "\n" not in str(raised.value)


def test_a_new_folder_appears_at_the_end_with_nothing_beside_it(tmp_path: Path) -> None:
    to = tmp_path / "a" / "b" / "page"
    with writing_folder(to, KIND) as writing:
        fill(writing.folder, OLD)
        assert not to.exists()
        (part,) = [path for path in to.parent.iterdir() if path.is_dir()]
        assert stat.S_IMODE(part.stat().st_mode) == 0o700
    assert written(to) == OLD
    assert stat.S_IMODE(to.stat().st_mode) == 0o777 & ~_umask()
    assert list(to.parent.iterdir()) == [to]


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_what_holds_scans_is_private_in_a_new_folder_and_in_one_that_is_there(tmp_path: Path) -> None:
    write(tmp_path / "new", OLD, PLAIN)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    (tmp_path / "there").mkdir(mode=0o755)
    write(tmp_path / "there", OLD, PLAIN)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "there").iterdir()}
    assert modes == {"page.html": 0o600, "tables": 0o700}


def test_an_earlier_output_is_replaced_and_the_folder_stays_the_same(tmp_path: Path) -> None:
    to = tmp_path / "page"
    write(to, OLD)
    folder = to.stat().st_ino
    write(to, NEW)
    assert written(to) == NEW
    assert to.stat().st_ino == folder
    assert list(tmp_path.iterdir()) == [to]


def test_files_of_an_earlier_output_that_the_user_removed_are_no_obstacle(tmp_path: Path) -> None:
    write(tmp_path / "page", OLD)
    shutil.rmtree(tmp_path / "page" / "tables")
    write(tmp_path / "page", NEW)
    assert written(tmp_path / "page") == NEW


def test_the_current_folder_is_written_into_if_it_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for to in (Path(), Path("..", "here"), here):
        write(to, OLD)
        assert written(Path.cwd()) == OLD
        assert sorted(path.name for path in here.iterdir()) == ["page.html", "page.json", "tables"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", OLD)
    assert (tmp_path / "link").is_symlink()
    assert written(tmp_path / "real") == OLD


def test_a_name_of_255_bytes_is_written(tmp_path: Path) -> None:
    write(tmp_path / ("ö" * 127 + "x"), OLD)
    refused(tmp_path / ("x" * 256), "cannot read")


def _forged(folder: Path, **members: object) -> None:
    value = {"kind": "page", **members}
    fill(folder, {"page.json": json.dumps(value | {"digest": digest(value)})})


def _hash(text: str) -> list[object]:
    return [len(text), hashlib.sha256(text.encode()).hexdigest()]


def _listing(**files: str) -> dict[str, object]:
    return {name.replace("__", "/").replace("_", "."): _hash(text) for name, text in files.items()}


def _no_digest(to: Path) -> None:
    record = {"kind": "page", "contents": _listing(page_md="mine")}
    fill(to, {"page.json": json.dumps(record), "page.md": "mine"})


def _other_kind(to: Path) -> None:
    _forged(to, kind="site", contents=_listing(page_md="mine"))
    fill(to, {"page.md": "mine"})


def _foreign_name(to: Path) -> None:
    _forged(to, contents=_listing(thesis_txt="mine"))
    fill(to, {"thesis.txt": "mine"})


def _outside(to: Path) -> None:
    fill(to.parent, {"precious": "mine"})
    _forged(to, contents=_listing(**{"..__precious": "mine"}))


def _linked_file(to: Path) -> None:
    write(to, OLD)
    fill(to.parent, {"precious": OLD["page.html"]})
    (to / "page.html").unlink()
    (to / "page.html").symlink_to("../precious")


def _linked_folder(to: Path) -> None:
    write(to, OLD)
    fill(to.parent, {"tables/a.csv": OLD["tables/a.csv"]})
    shutil.rmtree(to / "tables")
    (to / "tables").symlink_to("../tables")


def _linked_record(to: Path) -> None:
    write(to, OLD)
    (to / "page.json").rename(to.parent / "record")
    (to / "page.json").symlink_to("../record")


def _edited_record(to: Path) -> None:
    write(to, OLD)
    text = (to / "page.json").read_text()
    (to / "page.json").write_text(text.replace("{", '{"note": "mine",', 1))


def _folder_for_file(to: Path) -> None:
    write(to, OLD)
    (to / "page.html").unlink()
    (to / "page.html").mkdir()


def _beside_ours(**files: str) -> Callable[[Path], None]:
    def make(to: Path) -> None:
        write(to, OLD)
        fill(to, {name.replace("__", "/").replace("_", "."): text for name, text in files.items()})

    return make


def _holding(files: dict[str, str]) -> Callable[[Path], None]:
    return lambda to: fill(to, files)


FOREIGN: dict[str, Callable[[Path], None]] = {
    "no record": _holding({"thesis.txt": "mine"}),
    "a hidden file": _holding({".git/config": "mine"}),
    "the record of another tool": _holding({"page.json": "{}", "thesis.txt": "mine"}),
    "the record of another tool alone": _holding({"page.json": '{"contents": {}}'}),
    "a list for a record": _holding({"page.json": "[1]"}),
    "a record that would take gigabytes": _holding({"page.json": '{"a": [' + "[]," * 600_000 + "[]]}"}),
    "a deep record": _holding({"page.json": "[" * 200_000}),
    "a record of an earlier version": _holding({"page.json": '{"runs": []}'}),
    "a record without a digest": _no_digest,
    "a record of another kind": _other_kind,
    "a record of a foreign name": _foreign_name,
    "a record of a path outside": _outside,
    "a record of an absolute path": lambda to: _forged(to, contents={"/etc/passwd": _hash("")}),
    "a record of no hashes": lambda to: _forged(to, contents={"page.md": None}),
    "a link in the place of a file": _linked_file,
    "a link in the place of a folder": _linked_folder,
    "a link in the place of the record": _linked_record,
    "an edited record": _edited_record,
    "an added file": _beside_ours(thesis_txt="mine"),
    "a file added to a folder of ours": _beside_ours(tables__b_csv="mine"),
    "an added folder": _beside_ours(mine__empty=""),
    "a changed file": _beside_ours(page_html="mine"),
    "a folder in the place of a file": _folder_for_file,
    "a foreign lock": _holding({".misground-0000000000000001.lock": "mine"}),
    "a part that is a file": _holding({".misground-0000000000000000-0000000000000000.part": "mine"}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_proven_to_be_ours_is_refused_and_kept(name: str, tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    FOREIGN[name](to)
    before = contents(tmp_path), sorted(path.name for path in to.iterdir())
    refused(to, "other files|was changed|earlier version")
    with pytest.raises(UsageError):
        check_target(to, KIND)
    assert (contents(tmp_path), sorted(path.name for path in to.iterdir())) == before


def test_the_file_in_the_way_is_named(tmp_path: Path) -> None:
    write(tmp_path / "to", OLD)
    fill(tmp_path / "to", {"tables/mine.txt": ""})
    refused(tmp_path / "to", r"contains other files, expected .*: tables/mine\.txt is not ours")
    (tmp_path / "to" / "tables" / "mine.txt").unlink()
    fill(tmp_path / "to", {"tables/a.csv": "2"})
    refused(tmp_path / "to", r"tables/a\.csv was changed")


def test_a_name_that_is_no_text_is_shown_as_such(tmp_path: Path) -> None:
    write(tmp_path / "to", OLD)
    (tmp_path / "to" / os.fsdecode(b"\xff\x1b[31m")).touch()
    refused(tmp_path / "to", "expected .*: \ufffd\ufffd.31m is not ours")


def test_other_places_are_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"in/data": "", "file": "mine"})
    (tmp_path / "nothing").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "alias").symlink_to("in")
    inputs = (Input(tmp_path / "in", "the benchmark folder"),)
    for to in ("in", "in/new", "in/a/b", "alias/new", "in/../in/new"):
        refused(tmp_path / to, "is inside the benchmark folder, which must not change", inputs=inputs)
    refused(tmp_path, "contains other files", inputs=inputs)
    refused(tmp_path / "file", "is a file")
    refused(tmp_path / "nothing", "is a link to nothing")
    refused(tmp_path / "loop", "cannot read|is a link")
    refused(Path("/"), "contains other files")
    with pytest.raises((UsageError, WorkError)):
        write(tmp_path / "file" / "new", OLD)
    monkeypatch.chdir(tmp_path / "in")
    refused(Path(".."), "contains other files")
    assert contents(tmp_path) == {"in/data": "", "file": "mine"}


def test_without_a_record_nothing_is_ever_replaced(tmp_path: Path) -> None:
    write(tmp_path / "to", OLD, PLAIN)
    refused(tmp_path / "to", "contains other files, expected an empty or new folder", PLAIN)
    assert contents(tmp_path / "to") == OLD


def test_siblings_that_look_like_parts_are_left_alone(tmp_path: Path) -> None:
    mine = {".to.part/thesis.txt": "mine", ".misground-x.part/page.html": "mine", "to.part": "mine"}
    fill(tmp_path, mine)
    write(tmp_path / "to", OLD)
    assert contents(tmp_path).items() > mine.items()


@pytest.mark.parametrize("there", [True, False])
def test_what_appears_while_the_work_goes_on_is_kept(there: bool, tmp_path: Path) -> None:
    to = tmp_path / "to"
    if there:
        write(to, OLD)

    def interrupted() -> None:
        with writing_folder(to, KIND) as writing:
            fill(writing.folder, NEW)
            fill(to, {"thesis.txt": "mine"})

    with pytest.raises(UsageError, match=r"thesis\.txt is not ours" if there else "has just been made"):
        interrupted()
    found = contents(to)
    found.pop("page.json", None)
    assert found == (OLD if there else {}) | {"thesis.txt": "mine"}
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize("there", [True, False])
def test_a_second_command_is_told_to_wait(there: bool, tmp_path: Path) -> None:
    to = tmp_path / "to"
    if there:
        write(to, OLD)
    with writing_folder(to, KIND) as writing:
        fill(writing.folder, NEW)
        refused(to, "another page is being written here: wait until it ends")
    assert written(to) == NEW
    assert list(tmp_path.iterdir()) == [to]


def test_a_lock_that_a_killed_command_left_is_taken_over(tmp_path: Path) -> None:
    to = tmp_path / "to"
    (tmp_path / lock_name(located(to, KIND).key)).touch()
    write(to, OLD)
    assert list(tmp_path.iterdir()) == [to]


class Killed(BaseException):
    """Stands for the end of the process."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], int]:
    """End before the given change of the disk; the cleaning up after it fails, too."""
    done = 0

    def counting(original: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            nonlocal done
            done += 1
            if done > step:
                raise Killed
            return original(*given, **named)

        return counted

    for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
        monkeypatch.setattr(Path, name, counting(getattr(Path, name)))
    monkeypatch.setattr(shutil, "rmtree", counting(shutil.rmtree))
    return lambda: done


@pytest.mark.parametrize("state", ["new", "empty", "earlier"])
def test_after_a_kill_at_any_step_the_same_command_succeeds(state: str, tmp_path: Path) -> None:
    step, ended = 0, False
    while not ended:
        root = tmp_path / str(step)
        to = root / "to"
        fill(root, {"mine.txt": "mine"})
        if state != "new":
            to.mkdir()
        if state == "earlier":
            write(to, OLD)
        with pytest.MonkeyPatch.context() as patched:
            count = kill_at(patched, step)
            try:
                write(to, NEW)
                ended = True
            except Killed:
                pass
        assert count() < 60
        write(to, NEW)
        assert written(to) == NEW
        assert sorted(path.name for path in root.iterdir()) == ["mine.txt", "to"]
        assert not (to / JOURNAL).exists()
        step += 1
    assert step > 5


def test_a_full_disk_leaves_the_earlier_output(small_disk: Callable[[int], Path]) -> None:
    to = small_disk(64 * 4096) / "to"
    write(to, OLD)
    with pytest.raises(WorkError, match="disk full while writing to: free some space"):
        write(to, {"page.html": "x" * 1_000_000})
    assert written(to) == OLD
    assert list(to.parent.iterdir()) == [to]


def test_the_record_states_the_facts_and_the_files(tmp_path: Path) -> None:
    with writing_folder(tmp_path / "to", KIND) as writing:
        fill(writing.folder, OLD)
        writing.facts["runs"] = ["ä"]
    record = json.loads((tmp_path / "to" / "page.json").read_text())
    assert record["runs"] == ["ä"]
    assert record["contents"] == {"page.html": _hash("old"), "tables/a.csv": _hash("1")}
    found = find_written(tmp_path / "to", KIND)
    assert found is not None
    assert found.facts["runs"] == ["ä"]
    assert find_written(tmp_path / "new", KIND) is None


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    with FileLock(tmp_path / lock_name(located(tmp_path / "to", KIND).key)):
        refused(tmp_path / "to", "another page is being written")
