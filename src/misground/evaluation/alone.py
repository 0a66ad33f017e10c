"""One run at a time in a log folder."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from misground.errors import UsageError


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
