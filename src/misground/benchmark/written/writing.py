"""Writing a folder for the user: completely or not at all, and without losing anything of the user's.

A new folder is written beside its place under a random name, and then moved there in one step. In a folder
that exists, the files are written into a random hidden folder first, and then exchanged one by one; a journal
proves in the meantime which files are ours, so that after a kill the same command finishes the exchange.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from misground.benchmark.files import write_error
from misground.benchmark.written.kind import JOURNAL, FolderKind, Input, part_name
from misground.benchmark.written.lock import WHOLE, locked
from misground.benchmark.written.record import Contents, contents_below, record_text
from misground.benchmark.written.target import Target, check_target, present
from misground.errors import UsageError

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@dataclass
class Writing:
    """A folder to write into, and the facts that its record will state."""

    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def writing_folder(to: Path, kind: FolderKind, inputs: Sequence[Input] = ()) -> Iterator[Writing]:
    """A new folder whose files come to `to` when the block ends without an error.

    Only files that an earlier record proves to be ours are replaced or removed.

    Args:
        to: the folder as the user named it.
        kind: what is written.
        inputs: what the command reads; `to` may not be inside any of it.

    Raises:
        UsageError: `to` contains anything else, or another command is writing there.
        WorkError: the folder cannot be written to.
    """
    target = check_target(to, kind, inputs)
    try:
        with _parents(target.beside), locked(target, kind):
            present_now = check_target(to, kind, inputs)
            if present_now != target:
                raise UsageError(f"{to} has just been made by another program: run the same command again")
            part = target.beside / part_name(target.key)
            part.mkdir(mode=_PRIVATE_FOLDER)
            try:
                writing = Writing(part / WHOLE)
                writing.folder.mkdir(mode=_PRIVATE_FOLDER if kind.private else 0o777)
                yield writing
                _finish(target, kind, writing)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise write_error(error, to, kept=kind.kept) from error


def _finish(target: Target, kind: FolderKind, writing: Writing) -> None:
    contents = contents_below(writing.folder)
    strange = [name for name in contents if not kind.allows(name)]
    if strange:  # a fault of ours: such a file could never be replaced
        raise ValueError(f"{kind.noun_with_article} may not contain {strange[0]!r}")
    if kind.record is not None:
        _write(writing.folder / kind.record, record_text(kind, writing.facts, contents))
    if target.exists:
        _exchange(target, kind, writing, contents)
    elif os.path.lexists(target.path):
        raise UsageError(f"{target.named} has just been made by another program: run the same command again")
    else:
        writing.folder.rename(target.path)


def _exchange(target: Target, kind: FolderKind, writing: Writing, new: Contents) -> None:
    """Put the new files into a folder that exists, and remove the old ones that have no successor."""
    root = target.path
    old = present(target, kind)
    journal = writing.folder.parent / JOURNAL
    _write(journal, record_text(kind, {}, new, before=old))
    journal.replace(root / JOURNAL)
    names = [*new, *([kind.record] if kind.record else [])]
    for name in names:  # first, since a full disk may have no room for a folder; the rest needs none
        _make_folders(root, name, kind)
    for name in names:
        if kind.private:
            with suppress(OSError):  # not every file system has modes
                (writing.folder / name).chmod(_PRIVATE_FILE)
        (writing.folder / name).replace(root / name)
    for name in old.keys() - new.keys():
        (root / name).unlink(missing_ok=True)
    for folder in sorted({str(one) for name in old for one in PurePosixPath(name).parents}, reverse=True):
        with suppress(OSError):  # it is not empty
            if folder != ".":
                (root / folder).rmdir()
    (root / JOURNAL).unlink()


def _make_folders(root: Path, name: str, kind: FolderKind) -> None:
    for parent in reversed(PurePosixPath(name).parents[:-1]):
        path = root / parent
        if path.is_symlink():
            raise NotADirectoryError(20, "a link has taken the place of a folder", str(path))
        path.mkdir(mode=_PRIVATE_FOLDER if kind.private else 0o777, exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make the folders above a new folder; after an error, remove those again that are empty."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for one in made:
            with suppress(OSError):
                one.rmdir()
        raise
