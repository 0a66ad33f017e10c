"""Folders that a command writes for the user: whole or not at all, and nothing of the user's is ever lost."""

from misground.benchmark.written.kind import FolderKind, Input
from misground.benchmark.written.record import Record
from misground.benchmark.written.target import check_target, find_written, is_complete
from misground.benchmark.written.writing import Writing, writing_folder

__all__ = [
    "FolderKind",
    "Input",
    "Record",
    "Writing",
    "check_target",
    "find_written",
    "is_complete",
    "writing_folder",
]
