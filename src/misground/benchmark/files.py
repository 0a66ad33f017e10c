"""Writing files atomically, so that an interruption never leaves half a file, and hashing them."""

import errno
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from misground.benchmark.places import Place, reaching
from misground.errors import WorkError

DISK_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PART: Final = re.compile(r"\.misground-[0-9a-f]{16}\.part|\..+\.[0-9]+-[0-9a-f]{8}\.part")
"""Names of temporary files, of this version and of earlier ones."""


CASES_KEPT: Final = "finished cases are kept"
ANSWERS_KEPT: Final = "answered questions are kept"
NOTHING_WRITTEN: Final = "nothing was written"


@contextmanager
def replacing(path: Place, *, kept: str = CASES_KEPT) -> Iterator[Path]:
    """A temporary local file that replaces `path` when the block ends without an error.

    In a folder, it is beside `path` and gets renamed. For an object store, it is in the folder for temporary
    files and is uploaded as a whole.

    Args:
        path: the file to write.
        kept: what survives a full disk, for the error message.

    Raises:
        WorkError: the disk is full, or the folder or the store cannot be written to.
    """
    if not isinstance(path, Path):
        with _apart(path.name) as part:
            try:
                yield part
            except OSError as error:
                raise write_error(error, Path(tempfile.gettempdir(), path.name), kept=kept) from error
            with reaching(path):
                path.fs.put_file(str(part), path.path)
        return
    # Random, since processes on two nodes of a cluster may have the same id; short, since `path` may not be.
    temporary = path.with_name(f".misground-{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise write_error(error, path, kept=kept) from error
    finally:
        _remove(temporary)


@contextmanager
def _apart(name: str) -> Iterator[Path]:
    """A temporary file, removed after the block; on Linux it has no name, so a kill leaves nothing behind."""
    if Path("/proc/self/fd").is_dir():
        with tempfile.TemporaryFile() as file:
            yield Path(f"/proc/self/fd/{file.fileno()}")
        return
    with tempfile.TemporaryDirectory(prefix="misground-") as folder:
        yield Path(folder, name)


def is_part_name(name: str) -> bool:
    """Whether a temporary file of `replacing` has a name like this."""
    return _PART.fullmatch(name) is not None


def _remove(path: Path) -> None:
    """Remove a file that may not exist."""
    try:
        path.unlink(missing_ok=True)
    except OSError:  # a failing disk has already been reported
        return


def write_error(error: OSError, path: Place, *, kept: str = CASES_KEPT) -> WorkError:
    """A failed write as a WorkError of one line; `kept` says what survives it."""
    if error.errno in DISK_FULL:
        return WorkError(
            f"disk full while writing {path.name}: free some space and run the same command again; {kept}"
        )
    return WorkError(f"cannot write {path}: {error.strerror or error}")


def write_table(table: pa.Table, path: Place) -> None:
    """Write a Parquet file, completely or not at all; equal tables give equal bytes."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_text(text: str, path: Place, *, kept: str = CASES_KEPT) -> None:
    """Write a UTF-8 text file, completely or not at all."""
    with replacing(path, kept=kept) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(value: Any, path: Place) -> None:
    """Write a JSON file, completely or not at all."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n", path)


def sha256_file(path: Place) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    if not isinstance(path, Path):
        with reaching(path):
            return hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """Hexadecimal SHA-256 of a JSON value; equal values give equal digests."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()
