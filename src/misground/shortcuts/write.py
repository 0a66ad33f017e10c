"""Writing a measurement of shortcuts into a folder: JSON, CSV and the figure."""

import csv
import re
from pathlib import Path
from typing import Final

from misground import __version__
from misground.analysis.figures.saving import save
from misground.benchmark.load import Benchmark
from misground.benchmark.written import FolderKind, Input, check_target, writing_folder
from misground.shortcuts.figure import figure
from misground.shortcuts.listing import json_text
from misground.shortcuts.measure import Shortcuts

MEASUREMENT: Final = FolderKind(
    noun="measurement of shortcuts",
    names=re.compile(r"shortcuts\.(?:json|csv|svg|png|pdf)"),
    record="files.json",
    expected="a new folder or an earlier measurement of shortcuts",
)


def check_shortcuts_folder(to: Path, benchmark: Path) -> None:
    """Check, before any work, that a measurement of a benchmark may be written to a folder.

    Raises:
        UsageError: the folder contains anything other than an unchanged measurement, or is inside the
            benchmark.
    """
    check_target(to, MEASUREMENT, [_input(benchmark)])


def write_shortcuts(found: Shortcuts, benchmark: Benchmark, to: Path) -> None:
    """Write `shortcuts.json`, `shortcuts.csv` and `shortcuts.{svg,png,pdf}` into a folder.

    Args:
        found: the measurement; it has at least one score.
        benchmark: the benchmark that was measured.
        to: the folder; a measurement that is already there, unchanged, is replaced.

    Raises:
        UsageError: the folder contains anything else, or is inside the benchmark.
        WorkError: the folder cannot be written.
    """
    with writing_folder(to, MEASUREMENT, [_input(benchmark.root)]) as writing:
        folder = writing.folder
        (folder / "shortcuts.json").write_text(json_text(found, benchmark), encoding="utf-8", newline="\n")
        rows = [score.row() for score in found.scores]
        with (folder / "shortcuts.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        save(figure(found), folder)
        writing.facts.update(misground=__version__, benchmark_hash=benchmark.content_hash)


def _input(benchmark: Path) -> Input:
    return Input(benchmark, "the benchmark folder")
