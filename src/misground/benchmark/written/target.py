"""Whether a folder may be written to: it is new, or empty, or holds only what we wrote there earlier."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final

from misground.benchmark.escaping import one_line
from misground.benchmark.written.kind import (
    INSIDE,
    JOURNAL,
    FolderKind,
    Input,
    is_hidden_name,
    is_part_of,
    lock_name,
)
from misground.benchmark.written.record import Content, Contents, Record, content_of, read_record
from misground.errors import UsageError
from misground.questions.items import stable_hash

_EMPTY: Final[Contents] = {}


@dataclass(frozen=True)
class Target:
    """Where a folder is written.

    Attributes:
        named: the folder as the user named it.
        path: the folder, without links.
        exists: whether it was there at the start. It then stays the same folder, because a shell may be in
            it or a disk mounted on it, and only files in it are exchanged.
    """

    named: Path
    path: Path
    exists: bool

    @property
    def beside(self) -> Path:
        """The folder of the lock and the part, on the same disk as the target."""
        return self.path if self.exists else self.path.parent

    @property
    def key(self) -> str:
        """Distinguishes the targets in one folder; names that differ only in case may be the same."""
        return INSIDE if self.exists else self.key_beside

    @property
    def key_beside(self) -> str:
        """The key of a target that does not exist yet."""
        return stable_hash("folder", self.path.name.casefold())[:16]


def check_target(to: Path, kind: FolderKind, inputs: Sequence[Input] = ()) -> Target:
    """Check, before any work, that a folder may be written to; nothing is changed.

    Raises:
        UsageError: it is a file, inside an input, or contains anything that we cannot prove to be ours.
    """
    with _readable(to):
        target = _target(to, kind)
        for one in inputs:
            if _is_inside(target.path, Path(os.path.realpath(one.path))):
                raise UsageError(f"{to} is inside {one.noun}, which must not change: {_other(kind)}")
        if target.exists:
            present(target, kind)
    return target


def find_written(to: Path, kind: FolderKind) -> Record | None:
    """The record of what a folder holds; None if the folder does not exist or is empty.

    Raises:
        UsageError: it is anything else.
    """
    with _readable(to):
        target = _target(to, kind)
        if not target.exists or not any(_shown(target)):
            return None
        record = None if kind.record is None else read_record(target.path / kind.record, kind)
        if record is None:
            present(target, kind)
        return record


def is_complete(to: Path, kind: FolderKind, record: Record) -> bool:
    """Whether a folder holds every file of its record, unchanged, and is not in the middle of an exchange.

    Raises:
        UsageError: a file was changed or added.
    """
    with _readable(to):
        target = _target(to, kind)
        return present(target, kind) == record.contents and not (target.path / JOURNAL).exists()


def present(target: Target, kind: FolderKind) -> Contents:
    """The files of the target by relative path, each proven to be ours; empty if it is empty.

    Raises:
        UsageError: there is anything else; it is named.
    """
    names = list(_shown(target))
    if not names:
        return _EMPTY
    proofs = _proofs(target, kind)
    allowed: dict[str, set[Content]] = {}
    for record in proofs.values():
        for name, content in chain((record.contents or {}).items(), record.before.items()):
            allowed.setdefault(name, set()).add(content)
    folders = {str(parent) for name in allowed for parent in PurePosixPath(name).parents}
    found: dict[str, Content] = {}
    for name, entry in _walk(target.path, folders, "", names):
        if name in proofs:
            continue
        if name not in allowed or not entry.is_file(follow_symlinks=False):
            raise UsageError(f"{_other_files(target, kind)}: {one_line(name)} is not ours, so {_other(kind)}")
        known = _content(entry, allowed[name])
        if known is None:
            raise UsageError(f"{target.named}: {name} was changed, so it would be lost: {_other(kind)}")
        found[name] = known
    return found


def _proofs(target: Target, kind: FolderKind) -> dict[str, Record]:
    """What the record lists, and the journal of an exchange that was cut short."""
    read = {
        name: read_record(target.path / name, kind) for name in (kind.record, JOURNAL) if name is not None
    }
    proofs = {
        name: record for name, record in read.items() if record is not None and record.contents is not None
    }
    if proofs:
        return proofs
    found = None if kind.record is None else read[kind.record]
    if found is not None and kind.earlier and kind.earlier <= found.facts.keys() and not found.is_listing:
        raise UsageError(
            f"{target.named} contains {kind.noun_with_article} of an earlier version, which does not list "
            f"its files: remove it, or {_other(kind)}"
        )
    raise UsageError(f"{_other_files(target, kind)}: {_other(kind)}")


def _content(entry: os.DirEntry[str], allowed: Collection[Content]) -> Content | None:
    """What a file contains; None if it is none of the allowed contents."""
    if entry.stat(follow_symlinks=False).st_size not in {one.size for one in allowed}:
        return None
    content = content_of(Path(entry.path))
    return content if content in allowed else None


def _other_files(target: Target, kind: FolderKind) -> str:
    return f"{target.named} contains other files, expected {kind.expected}"


def _walk(
    folder: Path, folders: Collection[str], prefix: str, names: Collection[str]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The entries of a folder and of its known folders; an unknown folder is an entry itself."""
    with os.scandir(folder) as found:
        entries = sorted(
            (entry for entry in found if prefix or entry.name in names), key=lambda one: one.name
        )
    for entry in entries:
        name = prefix + entry.name
        if name in folders and entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, folders, f"{name}/", names)
        else:
            yield name, entry


def _shown(target: Target) -> Iterator[str]:
    """The names in the target except for the lock and the parts of a command that is writing there."""
    with os.scandir(target.path) as entries:
        for entry in entries:
            if is_hidden_name(entry.name) and _is_ours(entry):
                continue
            yield entry.name


def _is_ours(entry: os.DirEntry[str]) -> bool:
    if is_part_of(entry.name, INSIDE):
        return entry.is_dir(follow_symlinks=False)
    return entry.name == lock_name(INSIDE) and entry.is_file(follow_symlinks=False)


def _target(to: Path, kind: FolderKind) -> Target:
    path = Path(os.path.realpath(to))
    if not os.path.lexists(path):
        if to.is_symlink():
            raise UsageError(f"{to} is a link to nothing, expected {kind.expected}: {_other(kind)}")
        return Target(to, path, exists=False)
    path.stat()  # follows a loop of links, and raises
    if not path.is_dir():
        raise UsageError(f"{to} is a file, expected {kind.expected}: {_other(kind)}")
    return Target(to, path, exists=True)


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or below it, also where names that differ in case are the same."""
    if not folder.is_dir():
        return False
    there = [one for one in (path, *path.parents) if one.exists()]
    return any(one.samefile(folder) for one in there)


def _other(kind: FolderKind) -> str:
    return f"name another with {kind.option}"


@contextmanager
def _readable(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot read {to}: {error.strerror or error}") from error
