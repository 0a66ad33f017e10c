"""Write a file completely or not at all, whatever happens in between."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from semsam.errors import TableError


def check_target(path: Path) -> None:
    """Check that a file can be written, before hours of work are spent on its content.

    Raises:
        TableError: The folder is missing or cannot be written to, or the path is something else than a file.
    """
    part = _part(path)
    try:
        _check_kind(path)
        part.touch(exist_ok=False)
    except OSError as error:
        raise _error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a name of its own, then rename it: readers see the earlier file or the new one.

    Two writers do not disturb each other; the file is that of the last. What stood there before stays if the
    disk is full or the process is stopped.

    Raises:
        TableError: The file cannot be written.
    """
    part = _part(path)
    try:
        _check_kind(path)
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise _error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _part(path: Path) -> Path:
    """A name that nobody else has, short whatever the name of the file."""
    return path.with_name(f".{secrets.token_hex(8)}.part")


def _check_kind(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "it is not a file")  # a device would be replaced by a file


def _error(path: Path, error: OSError) -> TableError:
    return TableError(f"cannot write the table {path}: {error.strerror or error}: choose another --output")
