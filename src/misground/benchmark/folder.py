"""The layout of a benchmark folder, and whether a build may write into one."""

import os
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock, Timeout
from upath import UPath

from misground.benchmark.files import write_error, write_json
from misground.benchmark.places import Place, reaching, read_bytes
from misground.benchmark.unfinished import (
    REQUEST,
    WORK,
    foreign_names,
    is_own_card,
    is_request,
    remove_parts,
    remove_work,
)
from misground.errors import UsageError
from misground.questions.items import stable_hash
from misground.records.door.json_file import parse_json, read_json_object

PlaceT = TypeVar("PlaceT", Path, UPath, Place)


@dataclass(frozen=True)
class Folder(Generic[PlaceT]):
    """Paths in a benchmark folder. `work` exists only while a build is unfinished."""

    root: PlaceT

    @property
    def work(self) -> PlaceT:
        """The folder in which an unfinished build keeps finished work."""
        return self.root / WORK

    @property
    def request(self) -> PlaceT:
        """The request of an unfinished build."""
        return self.work / REQUEST

    @property
    def manifest(self) -> PlaceT:
        """The manifest: version, seed, preset, settings, counts, hashes; written last, when all is there."""
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
        """The table of skipped cases."""
        return self.root / "skipped.parquet"

    @property
    def questions(self) -> PlaceT:
        """The table of questions."""
        return self.root / "questions" / "test.parquet"

    def views(self, case_id: str) -> PlaceT:
        """The views of one case; the name is a hash, because a case id may not be a valid file name."""
        return self.root / "views" / f"{_file_name(case_id)}.parquet"

    def plan(self, case_id: str) -> PlaceT:
        """The plan of one case, while the build is unfinished."""
        return self.work / "plans" / f"{_file_name(case_id)}.npz"

    def labels(self, case_id: str) -> PlaceT:
        """The label map of one case, kept while the build is unfinished."""
        return self.work / "labels" / f"{_file_name(case_id)}.npz"

    def marker(self, case_id: str) -> PlaceT:
        """The marker that a case's views are complete, while the build is unfinished."""
        return self.work / "rendered" / f"{_file_name(case_id)}.json"

    def lock(self) -> AbstractContextManager[object]:
        """A lock that allows only one build at a time to write here.

        An object store has no locks that end with their process. There, two equal builds write equal files,
        and a different build is refused because of the stored request.

        Raises:
            UsageError: another build is writing here.
            WorkError: the folder cannot be written to.
        """
        if not isinstance(self.root, Path):
            return nullcontext()
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            lock = FileLock(str(self.work / "lock"))
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(
                f"{self.root}: another build is writing here: wait until it ends, or choose another folder"
            ) from error
        except OSError as error:
            raise write_error(error, self.root) from error
        return lock

    def view_files(self) -> list[PlaceT]:
        """The existing files with views, in order."""
        with reaching(self.root):
            return sorted((self.root / "views").glob("*.parquet"), key=str)

    def data_files(self) -> dict[str, PlaceT]:
        """All Parquet files by relative path, in order."""
        found: dict[str, PlaceT] = {f"views/{path.name}": path for path in self.view_files()}
        found[f"questions/{self.questions.name}"] = self.questions
        found[self.cases.name] = self.cases
        found[self.skipped.name] = self.skipped
        return dict(sorted(found.items()))

    def remove_parts(self) -> None:
        """Remove what interrupted writes left behind; an object store needs no cleanup."""
        if not isinstance(self.root, Path):
            return
        remove_parts(self.root)

    def clear_work(self) -> None:
        """Remove the files that only an unfinished build needs."""
        work = self.work
        if not isinstance(work, Path):
            with suppress(FileNotFoundError), reaching(work, may_miss=True):
                work.fs.rm(work.path, recursive=True)
            return
        remove_work(work.parent)


def open_for(root: PlaceT, request: dict[str, Any]) -> tuple[Folder[PlaceT], bool]:
    """Open a folder for a build.

    Args:
        root: the benchmark folder, which need not exist.
        request: everything that determines the content of the build.

    Returns:
        The folder, and whether the build is already finished there.

    Raises:
        UsageError: the folder contains other files, or a build with a different request (the message names
            the differing settings).
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
    if folder.request.is_file() and not _is_link(folder.work):
        earlier = read_json(folder.request)
        if is_request(earlier):
            if folder.view_files():  # otherwise no picture is drawn yet that a different build would lose
                _refuse_other(root, earlier, request)
            _refuse_other_card(folder)
            return folder, False
    foreign = _foreign(folder)
    if foreign:
        raise UsageError(
            f"{root} is not empty but is not a benchmark ({', '.join(foreign[:3])} ...): choose a new folder"
        )
    return folder, False


def _foreign(folder: Folder[PlaceT]) -> list[str]:
    """What is in the folder and not of a build that has just begun."""
    root = folder.root
    if not root.is_dir():
        return []
    if not isinstance(root, Path):
        return sorted(p.name for p in root.iterdir() if p.name != WORK)
    request = [f"{WORK}/{REQUEST}"] if folder.request.is_file() else []  # of another tool
    return foreign_names(root) or request


def _is_link(place: Place) -> bool:
    return isinstance(place, Path) and place.is_symlink()


def _refuse_other_card(folder: Folder[PlaceT]) -> None:
    card = folder.card
    if isinstance(card, Path) and os.path.lexists(card) and not is_own_card(card):
        raise UsageError(
            f"{card} is not the card of a benchmark and would be lost: move it, or choose another folder"
        )


def begin(folder: Folder[PlaceT], request: dict[str, Any]) -> None:
    """Store the request of a build, so that only the same call can continue it."""
    write_json(request, folder.request)


def read_json(path: Place) -> dict[str, Any]:
    """The JSON object in a file; empty if it cannot be read, or is not one that we would write."""
    try:
        if isinstance(path, Path):
            return read_json_object(path)
        value = parse_json(read_bytes(path) or b"{}", path.name)
    except UsageError:
        return {}
    return value if isinstance(value, dict) else {}


def _refuse_other(root: Place, found: dict[str, Any], asked: dict[str, Any]) -> None:
    found, asked = _flat(found), _flat(asked)
    differing = [key for key in asked if found.get(key) != asked[key]]
    if not differing:
        return
    parts = [f"{key} {found.get(key)!r} (requested: {asked[key]!r})" for key in differing[:3]]
    raise UsageError(
        f"{root} contains a build with {', '.join(parts)}: choose another folder, or remove this one first"
    )


def _flat(request: dict[str, Any]) -> dict[str, Any]:
    settings = request.get("settings")
    return {**request, **settings, "settings": None} if isinstance(settings, dict) else request


def _file_name(case_id: str) -> str:
    return stable_hash("file", case_id)[:16]
