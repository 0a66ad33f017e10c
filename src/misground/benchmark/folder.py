"""The layout of a benchmark folder, and whether a build may write into one."""

import json
import shutil
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from filelock import FileLock, Timeout
from upath import UPath

from misground.benchmark.files import write_error, write_json
from misground.benchmark.places import Place, reaching, read_bytes
from misground.errors import UsageError
from misground.questions.items import stable_hash

PlaceT = TypeVar("PlaceT", Path, UPath, Place)
WORK: Final = ".build"


@dataclass(frozen=True)
class Folder(Generic[PlaceT]):
    """Paths in a benchmark folder. `work` exists only while a build is unfinished."""

    root: PlaceT

    @property
    def work(self) -> PlaceT:
        """Where an unfinished build keeps what is done."""
        return self.root / WORK

    @property
    def request(self) -> PlaceT:
        """What an unfinished build was asked for."""
        return self.work / "request.json"

    @property
    def manifest(self) -> PlaceT:
        """Version, seed, preset, settings, counts, hashes; its presence means that the build is done."""
        return self.root / "manifest.json"

    @property
    def card(self) -> PlaceT:
        """The dataset card."""
        return self.root / "README.md"

    @property
    def cases(self) -> PlaceT:
        """The table of usable cases."""
        return self.root / "cases.parquet"

    @property
    def skipped(self) -> PlaceT:
        """The table of cases that are left out."""
        return self.root / "skipped.parquet"

    @property
    def questions(self) -> PlaceT:
        """The table of questions."""
        return self.root / "questions" / "test.parquet"

    def views(self, case_id: str) -> PlaceT:
        """The views of one case; a hash, because a case id may be no file name."""
        return self.root / "views" / f"{_file_name(case_id)}.parquet"

    def plan(self, case_id: str) -> PlaceT:
        """The plan of one case, while the build is unfinished."""
        return self.work / "plans" / f"{_file_name(case_id)}.npz"

    def labels(self, case_id: str) -> PlaceT:
        """The label map of one case, kept while the build is unfinished."""
        return self.work / "labels" / f"{_file_name(case_id)}.npz"

    def marker(self, case_id: str) -> PlaceT:
        """What says that a case's views are whole, while the build is unfinished."""
        return self.work / "rendered" / f"{_file_name(case_id)}.json"

    def lock(self) -> AbstractContextManager[object]:
        """Held by the one build that may write here. Raises UsageError where another one does.

        An object store has no locks that end with their process. There two equal builds write equal files,
        and others are refused by what the first was asked for.
        """
        if not isinstance(self.root, Path):
            return nullcontext()
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            lock = FileLock(str(self.work / "lock"))
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(f"{self.root}: another build is writing here; wait for it") from error
        except OSError as error:
            raise write_error(error, self.root) from error
        return lock

    def view_files(self) -> list[PlaceT]:
        """The files of views that are there."""
        with reaching(self.root):
            return sorted((self.root / "views").glob("*.parquet"), key=str)

    def data_files(self) -> dict[str, PlaceT]:
        """All Parquet files by their relative paths, in order."""
        found: dict[str, PlaceT] = {f"views/{path.name}": path for path in self.view_files()}
        found[f"questions/{self.questions.name}"] = self.questions
        found[self.cases.name] = self.cases
        found[self.skipped.name] = self.skipped
        return dict(sorted(found.items()))

    def remove_parts(self) -> None:
        """Remove what a write that was cut short left behind; in an object store that is nothing."""
        if not isinstance(self.root, Path):
            return
        for path in self.root.rglob(".*.part"):
            path.unlink(missing_ok=True)

    def clear_work(self) -> None:
        """Remove what only an unfinished build needs."""
        work = self.work
        if not isinstance(work, Path):
            with suppress(FileNotFoundError), reaching(work, may_miss=True):
                work.fs.rm(work.path, recursive=True)
            return
        shutil.rmtree(work, ignore_errors=True)


def open_for(root: PlaceT, request: dict[str, Any]) -> tuple[Folder[PlaceT], bool]:
    """The folder for a build of `request`, and whether that build is already done there.

    Raises UsageError where the folder holds something else: other files, or a build that was asked for
    differently (the differing settings are named).
    """
    with reaching(root):
        return _open_for(Folder(root), request)


def _open_for(folder: Folder[PlaceT], request: dict[str, Any]) -> tuple[Folder[PlaceT], bool]:
    root = folder.root
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file, expected a folder to write the benchmark to")
    if folder.manifest.is_file():
        _refuse_other(root, read_json(folder.manifest), request)
        return folder, True
    if folder.request.is_file():
        if folder.view_files():  # else nothing is drawn yet that another call would lose
            _refuse_other(root, read_json(folder.request), request)
        return folder, False
    foreign = sorted(p.name for p in root.iterdir() if p.name != WORK) if root.is_dir() else []
    if foreign:
        raise UsageError(
            f"{root} is not empty and holds no benchmark ({', '.join(foreign[:3])} ...): choose a new folder"
        )
    return folder, False


def begin(folder: Folder[PlaceT], request: dict[str, Any]) -> None:
    """Note what the build was asked for, so that only the same call continues it."""
    write_json(request, folder.request)


def read_json(path: Place) -> dict[str, Any]:
    """A JSON object from a file; empty where it cannot be read."""
    try:
        value = json.loads(read_bytes(path) or b"{}")
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _refuse_other(root: Place, found: dict[str, Any], asked: dict[str, Any]) -> None:
    found, asked = _flat(found), _flat(asked)
    differing = [key for key in asked if found.get(key) != asked[key]]
    if not differing:
        return
    parts = [f"{key} {found.get(key)!r} (asked: {asked[key]!r})" for key in differing[:3]]
    raise UsageError(
        f"{root} holds a build with {', '.join(parts)}: choose another folder, or remove this one first"
    )


def _flat(request: dict[str, Any]) -> dict[str, Any]:
    settings = request.get("settings")
    return {**request, **settings, "settings": None} if isinstance(settings, dict) else request


def _file_name(case_id: str) -> str:
    return stable_hash("file", case_id)[:16]
