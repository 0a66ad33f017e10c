"""Writing so that a kill never leaves half a file, and hashing what was written."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from misground.errors import WorkError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends without an error.

    Raises WorkError where the disk is full or the folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise write_error(error, path) from error
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    """Remove a file that may not be there (any more)."""
    try:
        path.unlink(missing_ok=True)
    except OSError:  # a disk that fails here has already been reported
        return


def write_error(error: OSError, path: Path) -> WorkError:
    """The one-line report of a failed write."""
    if error.errno in _DISK_FULL:
        return WorkError(
            f"disk full while writing {path.name}: free some space and run the same command again; "
            "finished cases are kept"
        )
    return WorkError(f"cannot write {path}: {error.strerror or error}")


def write_table(table: pa.Table, path: Path) -> None:
    """One Parquet file, whole or not at all; the same bytes for the same table."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_text(text: str, path: Path) -> None:
    """One UTF-8 text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(value: Any, path: Path) -> None:
    """One JSON file, whole or not at all."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n", path)


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, the same for equal values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()
