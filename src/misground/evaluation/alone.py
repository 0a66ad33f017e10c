"""One run at a time in a log folder."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from misground.errors import UsageError


@contextlib.contextmanager
def alone(log_dir: Path) -> Iterator[None]:
    """Hold the folder, which is made where it is not there; the lock goes with the process.

    Raises:
        UsageError: another run holds it, or it cannot be written.
    """
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(log_dir / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise UsageError(
            f"{log_dir}: another run is going on there: wait for it, or name another --log-dir"
        ) from error
    except OSError as error:
        raise UsageError(
            f"--log-dir {log_dir}: cannot be written ({error.strerror}): name another"
        ) from error
    try:
        yield
    finally:
        lock.release()
