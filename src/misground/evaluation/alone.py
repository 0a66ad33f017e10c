"""One run at a time in a log folder."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from misground.errors import UsageError
from misground.records import RECORD_NAME, RESULTS_NAME, STEPS_NAME

# What a run writes under a fixed name; inspect_ai's logs have names of their own.
_WRITTEN: Final = (RESULTS_NAME, STEPS_NAME, "eval-set.json", "logs.json")


def check_log_dir(log_dir: Path, benchmark: Path) -> None:
    """Check, before any work, that a run would overwrite nothing of the user's.

    Raises:
        UsageError: The folder is a file, is inside the benchmark folder, or holds results but no run record.
    """
    try:
        path, root = Path(os.path.realpath(log_dir)), Path(os.path.realpath(benchmark))
        if path.is_relative_to(root):
            raise UsageError(
                f"--log-dir {log_dir} is inside the benchmark folder, which must not change: choose another"
            )
        if os.path.lexists(path) and not path.is_dir():
            raise UsageError(
                f"--log-dir {log_dir} cannot be written to (it is a file): choose another folder"
            )
        if not (path / RECORD_NAME).exists():
            foreign = [name for name in _WRITTEN if os.path.lexists(path / name)]
            if foreign:
                raise UsageError(
                    f"--log-dir {log_dir} contains {foreign[0]} but no {RECORD_NAME}, so it is not of a "
                    "run and would be lost: choose another"
                )
    except OSError as error:
        raise UsageError(
            f"--log-dir {log_dir} cannot be read ({error.strerror or error}): choose another folder"
        ) from error


@contextlib.contextmanager
def alone(log_dir: Path) -> Iterator[None]:
    """Create the log folder if needed, and lock it; the lock ends with the process.

    Raises:
        UsageError: Another run holds the lock, or the folder cannot be written to.
    """
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(log_dir / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise UsageError(
            f"--log-dir {log_dir} is in use by another run: wait for it to end, or choose another --log-dir"
        ) from error
    except OSError as error:
        raise UsageError(
            f"--log-dir {log_dir} cannot be written to ({error.strerror}): choose another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()
