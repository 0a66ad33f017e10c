"""One call of a command in a process of its own, with limits, and what is wrong with how it ended."""

import os
import re
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

SECONDS: Final = 30
MEGABYTES: Final = 1024
ALLOWED: Final = {0, 1, 2, 3}
HARD_BYTES: Final = 4 << 30
"""What the system refuses to give: a runaway ends as an error of the trial, not of the machine."""

_ACTING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
Main = Callable[[], object]


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    Attributes:
        status: exit status; negative: the signal that ended it; None: it hung and was killed.
        output: standard output and error together.
        seconds: time that it took.
        megabytes: most memory that it, or a process of its own, held.
    """

    status: int | None
    output: str
    seconds: float
    megabytes: float

    @property
    def problem(self) -> str | None:
        """What no input may cause; None if it ended as a command should."""
        if self.status is None:
            return f"still running after {self.seconds:.0f} s"
        if self.status < 0:
            return f"ended by {signal.Signals(-self.status).name}"
        for sign in ("Traceback (most recent call last)", "please report it", "Fatal Python error"):
            if sign in self.output:
                return f"the output has {sign!r}"
        if self.status not in ALLOWED:
            return f"exit status {self.status}"
        if self.megabytes > MEGABYTES:
            return f"{self.megabytes:.0f} MB of memory"
        if self.status and not self.output.strip():
            return f"exit status {self.status} without a word"
        if found := _ACTING.search(self.output):
            return f"the output has the control character {found[0]!r}"
        return None


def call(main: Main, arguments: Sequence[str], folder: Path, seconds: float = SECONDS) -> Ended:
    """Run a command's `main` in a fork of this process, which must have no threads.

    Args:
        main: as `misground.cli.main`; ends by SystemExit.
        arguments: the whole command line, the program's name first.
        folder: the working directory; HOME and the caches are in it, too.
        seconds: after which it counts as hung.
    """
    log = folder / "output.log"
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _run(main, arguments, folder, log)
    status, usage = _wait(child, start + seconds)
    output = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return Ended(status, output, time.monotonic() - start, usage.ru_maxrss / 1024)


def _run(main: Main, arguments: Sequence[str], folder: Path, log: Path) -> None:
    """The child's whole life."""
    status = 70
    try:
        os.setsid()
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_DATA, (HARD_BYTES, HARD_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with log.open("wb", buffering=0) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
        os.environ.update(HOME=str(folder), XDG_CACHE_HOME=str(folder / ".cache"), COLUMNS="200")
        # Worker processes start from nothing, not from the module that runs the trials.
        sys.modules["__main__"] = ModuleType("__main__")
        sys.argv = list(arguments)
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status & 0xFF)


def _wait(child: int, end: float) -> tuple[int | None, resource.struct_rusage]:
    """Exit status, None if the time was up, and what the child and its children used."""
    watched = os.pidfd_open(child)
    try:
        hung = not select.select([watched], [], [], max(0.0, end - time.monotonic()))[0]
    finally:
        os.close(watched)
    _end(child)
    _, status, usage = os.wait4(child, 0)
    return (None if hung else os.waitstatus_to_exitcode(status)), usage


def _end(child: int) -> None:
    """End the child, if it runs, and all that it started."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # it ended, and left nothing behind
        return
