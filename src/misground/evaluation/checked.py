"""Validation of a benchmark before a run, once for each state of its files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from misground.benchmark.load import Benchmark
from misground.benchmark.validate import validate
from misground.errors import UsageError


def check_benchmark(
    benchmark: Benchmark,
    stamp: str | None,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Validate a benchmark, unless its files are the same as at the last validation.

    Args:
        benchmark: The benchmark.
        stamp: `files_stamp` at the last validation; None if there was none.
        workers: Number of worker processes.
        progress: Called with (done, total) cases.

    Returns:
        The stamp of the files that passed every check.

    Raises:
        UsageError: A check fails; the message names the first.
    """
    found = files_stamp(benchmark.root)
    if found == stamp:
        return found
    report = validate(benchmark.root, workers=workers, progress=progress)
    failed = [check for check in report.checks if not check.ok]
    if failed:
        raise UsageError(
            f"{benchmark.root} fails {len(failed)} of {len(report.checks)} checks, the first is "
            f"{failed[0].name} ({failed[0].problems[0]}): run misground validate, and build it again"
        )
    return found


def files_stamp(root: Path) -> str:
    """Hash the names, sizes and times of a benchmark's Parquet files.

    The time of the last change counts too: unlike that of the content, no program can set it back.
    """
    files = sorted(path for path in root.rglob("*.parquet") if path.is_file())
    stats = [(path.relative_to(root), path.stat()) for path in files]
    lines = [f"{name} {s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}" for name, s in stats]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
