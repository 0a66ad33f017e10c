"""One command at a time writes a folder; what a killed one left is removed by the next."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from misground.benchmark.files import is_part_name
from misground.benchmark.written.kind import JOURNAL, FolderKind, is_part_of, lock_name
from misground.benchmark.written.target import Target
from misground.errors import UsageError

WHOLE: Final = "content"
"""The folder in a part that becomes the target; the part itself is private while it is written."""


@contextmanager
def locked(target: Target, kind: FolderKind) -> Iterator[None]:
    """Hold the lock of a target, and start without remains of killed commands.

    Raises:
        UsageError: another command is writing there.
        OSError: the folder cannot be written to.
    """
    try:
        with _alone(target.beside, target.key, kind):
            if target.exists and (target.path.parent / lock_name(target.key_beside)).exists():
                # Of a command that was killed just after it had moved the folder to its place.
                with suppress(OSError, Timeout), _alone(target.path.parent, target.key_beside, kind):
                    pass
            yield
    except Timeout as error:
        raise UsageError(
            f"{target.named}: another {kind.noun} is being written here: "
            f"wait until it ends, or name another with {kind.option}"
        ) from error


@contextmanager
def _alone(folder: Path, key: str, kind: FolderKind) -> Iterator[None]:
    path = folder / lock_name(key)
    lock = FileLock(path, timeout=0)
    lock.acquire()
    try:
        for name in os.listdir(folder):  # noqa: PTH208  # names alone, as in `is_part_of`
            if is_part_of(name, key):
                remove_remains(folder / name, kind)
        yield
    finally:
        # Removed while it is held: another process that has it open then finds that it is gone.
        with suppress(OSError):
            path.unlink()
        lock.release()
        if os.name == "nt":  # where an open file cannot be removed
            with suppress(OSError):
                path.unlink()


def remove_remains(part: Path, kind: FolderKind) -> None:
    """Remove a part that a killed command left, but nothing in it that this kind of folder cannot contain."""
    with suppress(OSError):
        if part.is_symlink() or not part.is_dir():
            return
        _remove_known(part / WHOLE, kind, "")
        (part / JOURNAL).unlink(missing_ok=True)
        part.rmdir()


def _remove_known(folder: Path, kind: FolderKind, prefix: str) -> None:
    if not folder.exists():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                _remove_known(Path(entry.path), kind, f"{name}/")
            elif kind.allows(name) or name in {kind.record, JOURNAL} or is_part_name(entry.name):
                Path(entry.path).unlink()
    folder.rmdir()
