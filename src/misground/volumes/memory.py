"""A limit on the memory that a library may take while it parses a file that claims sizes of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_STATUS: Final = Path("/proc/self/status")
_USED: Final = "VmData:"
# Stacks of threads count, too, and a codec may start one per processor.
_STACK: Final = 16 << 20


@contextmanager
def memory_at_most(more: int) -> Iterator[None]:
    """Let this process take at most `more` bytes more, on Linux; other systems have no such limit.

    Beyond it, a library's allocation fails. The library reports that, or does not survive it; then the
    process that reads the file ends, as after any other crash.
    """
    used = _used_bytes()
    if used is None:
        yield
        return
    resource: Any = import_module("resource")  # not on Windows
    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used + more + _STACK * (os.cpu_count() or 1)
    for bound in before:
        if bound != resource.RLIM_INFINITY:
            limit = min(limit, bound)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _used_bytes() -> int | None:
    """What RLIMIT_DATA counts (getrlimit(2)): memory of this process alone that it may write."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line.split() for line in lines if line.startswith(_USED)), None)
    return int(found[1]) * 1024 if found else None
