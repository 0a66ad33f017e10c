"""The folders that a report or an explorer reads, and must not write into."""

from collections.abc import Iterable
from pathlib import Path

from misground.benchmark.written import Input
from misground.records import RECORD_NAME


def log_folders(results: Iterable[Path]) -> list[Input]:
    """The log folders among results, each given as a folder or as its results file."""
    folders = (path if path.is_dir() else path.parent for path in results)
    return [Input(folder, "a log folder") for folder in folders if (folder / RECORD_NAME).is_file()]
