"""Keeps the current folder out of the places where Python looks for modules.

A user's current folder is often a stranger's data set. Were it searched for modules, a `pickle.py` in it
would run. Python searches it for `python -m` and `python -c`, which is also how `multiprocessing` starts
processes, and where PYTHONPATH has an empty entry or a dot. This module imports nothing that is not loaded
when Python starts, since anything else could come from the current folder.
"""

# ruff: noqa: PTH109, PTH120  # pathlib is such a module
import os
import sys
from collections.abc import Iterable

_SAFE = "PYTHONSAFEPATH"
_PATH = "PYTHONPATH"


def leave_current_folder() -> None:
    """Remove the current folder from this process's module path, and from that of its future children."""
    sys.path[:] = without_current_folder(sys.path)
    for name, value in safe_variables().items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def without_current_folder(entries: Iterable[str]) -> list[str]:
    """The entries of a module path that do not stand for the current folder.

    If this package itself lies in the current folder, as in a checkout, the folder stays.
    """
    return [entry for entry in entries if not _is_current_folder(entry)]


def safe_variables() -> dict[str, str | None]:
    """Environment variables for child processes that avoid the current folder; None stands for unset."""
    entries = without_current_folder(filter(None, os.environ.get(_PATH, "").split(os.pathsep)))
    return {_SAFE: "1", _PATH: os.pathsep.join(entries) or None}


def _is_current_folder(entry: str) -> bool:
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:  # the current folder was removed
        return not entry
    home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    return os.path.realpath(entry or here) == here != home
