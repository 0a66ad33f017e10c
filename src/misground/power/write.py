"""Writing what a benchmark can show into a folder: JSON, CSV and the figure."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from misground import __version__
from misground.analysis.figures.saving import save
from misground.benchmark.load import Benchmark
from misground.benchmark.written import FolderKind, Input, check_target, writing_folder
from misground.power.figure import figure
from misground.power.listing import json_text
from misground.power.power import Power
from misground.power.words import rows_of

ESTIMATE: Final = FolderKind(
    noun="estimate of power",
    names=re.compile(r"power\.(?:json|csv|svg|png|pdf)"),
    record="files.json",
    expected="a new folder or an earlier estimate of power",
)


def check_power_folder(to: Path, inputs: Iterable[Input]) -> None:
    """Check, before any work, that an estimate may be written to a folder.

    Args:
        to: the folder.
        inputs: the benchmark, and the pilots.

    Raises:
        UsageError: the folder contains anything other than an unchanged estimate, or is inside an input.
    """
    check_target(to, ESTIMATE, list(inputs))


def write_power(found: Power, benchmark: Benchmark, to: Path, inputs: Iterable[Input]) -> None:
    """Write `power.json`, `power.csv` and `power.{svg,png,pdf}` into a folder.

    Args:
        found: the estimate.
        benchmark: the benchmark.
        to: the folder; an estimate that is already there, unchanged, is replaced.
        inputs: the benchmark, and the pilots.

    Raises:
        UsageError: the folder contains anything else, or is inside an input.
        WorkError: the folder cannot be written.
    """
    with writing_folder(to, ESTIMATE, list(inputs)) as writing:
        folder = writing.folder
        (folder / "power.json").write_text(json_text(found, benchmark), encoding="utf-8", newline="\n")
        rows = rows_of(found)
        with (folder / "power.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        save(figure(found), folder)
        writing.facts.update(misground=__version__, benchmark_hash=benchmark.content_hash)
