"""A benchmark is validated before a model is asked its questions, once for each state of its files."""

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
    """The stamp of a benchmark that passes every check; nothing is checked where `stamp` is it already.

    Raises:
        UsageError: a check fails; it names the first.
    """
    found = files_stamp(benchmark.root)
    if found == stamp:
        return found
    report = validate(benchmark.root, workers=workers, progress=progress)
    failed = [check for check in report.checks if not check.ok]
    if failed:
        raise UsageError(
            f"{benchmark.root} fails {len(failed)} of {len(report.checks)} checks, first {failed[0].name}: "
            f"{failed[0].problems[0]}: see `misground validate`, and build it again"
        )
    return found


def files_stamp(root: Path) -> str:
    """Changes whenever a file of the benchmark does: names, sizes, times."""
    files = sorted(path for path in root.rglob("*.parquet") if path.is_file())
    told = [f"{path.relative_to(root)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
