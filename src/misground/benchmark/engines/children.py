"""Starting worker processes that do not look for modules in the current folder, and why one died."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Final

from misground.module_path import safe_variables, without_current_folder

_STARTING: Final = threading.Lock()
_THREADS: Final = "OMP_NUM_THREADS"
_CRASHES: Final = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"})


def spawning() -> Any:
    """The multiprocessing context for worker processes; fork would copy the progress bar's threads."""
    with _safely():
        if os.name == "posix":
            resource_tracker.ensure_running()  # a Python process, too, which the first lock would start
        return _Context()


def death(exit_code: int | None, times: int) -> str:
    """Why a worker process died, in words for the user.

    Args:
        exit_code: its exit status; negative for a signal.
        times: how often it died on the same task.
    """
    often = f" {times} times" if times > 1 else ""
    if exit_code is None or exit_code >= 0:
        return f"the worker process ended unexpectedly{often} (exit code {exit_code})"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = str(-exit_code)
    if name in _CRASHES:
        return f"the reader crashed (signal {name}) on this file: it is damaged, or made to crash readers"
    if name == "SIGKILL":
        return (
            f"the worker process was killed{often} (signal SIGKILL), probably because memory ran out: "
            "try fewer --workers"
        )
    return f"the worker process was ended{often} (signal {name})"


class _Process(SpawnProcess):
    """A process that starts with the module path and the environment of `_safely`."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802  # multiprocessing's own name
        with _safely():
            return SpawnProcess._Popen(process_obj)


class _Context(SpawnContext):
    Process = _Process


@contextmanager
def _safely() -> Iterator[None]:
    """What a process started meanwhile inherits: no current folder, and one thread for linear algebra.

    It is restored at once, since this process may be a user's own program.
    """
    with _STARTING:
        path, variables = list(sys.path), {**safe_variables(), _THREADS: os.environ.get(_THREADS, "1")}
        before = {name: os.environ.get(name) for name in variables}
        sys.path[:] = without_current_folder(path)
        _set(variables)
        try:
            yield
        finally:
            _set(before)
            sys.path[:] = path


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
