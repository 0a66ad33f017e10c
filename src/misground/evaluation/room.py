"""The folders outside the log folder that inspect_ai writes to, checked before the first question.

inspect_ai keeps a trace of its own in the user's data folder (below HOME), and buffers logs in the folder for
temporary files (TMPDIR). A full disk there would end a run in the middle, or in a traceback.
"""

import contextlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from inspect_ai._util import logger as inspect_logger
from inspect_ai._util.appdirs import inspect_data_dir

from misground.benchmark.files import ANSWERS_KEPT, DISK_FULL
from misground.errors import WorkError

ROOM: Final = 256 << 10  # bytes


def check_room() -> None:
    """Check that the folders of inspect_ai can be written to.

    Raises:
        WorkError: a folder is on a full disk or cannot be written to; the message names it.
    """
    _check(lambda: inspect_data_dir("traces"), "where inspect_ai keeps its notes", "HOME or XDG_DATA_HOME")
    _check(lambda: Path(tempfile.gettempdir()), "for temporary files", "TMPDIR")


def _check(find: Callable[[], Path], purpose: str, variable: str) -> None:
    folder: Path | None = None
    try:
        folder = find()
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        named = f"the folder {purpose}" + (
            f", {folder}" if folder else f", {error.filename}" * bool(error.filename)
        )
        if error.errno in DISK_FULL:
            raise WorkError(
                f"disk full while writing to {named}: free some space, or set {variable} to another folder; "
                + ANSWERS_KEPT
            ) from error
        raise WorkError(
            f"cannot write to {named} ({error.strerror or error}): "
            f"set {variable} to a folder that can be written to"
        ) from error


class _TraceHandler(logging.FileHandler):
    """inspect_ai's trace, which is worth less than the run: where it cannot be written, it ends silently."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name of logging
        """Drop a record that cannot be written."""

    def close(self) -> None:
        """Close the file, also where what is buffered cannot be written."""
        with contextlib.suppress(OSError):
            super().close()


def forgive_traces() -> None:
    """Let the end of inspect_ai's trace, such as by a full disk, go without a traceback."""
    module: Any = inspect_logger  # which names no public way
    if module.FileHandler is _TraceHandler:
        return
    compress = module.compress_trace_log

    def forgiving(handler: logging.FileHandler) -> Callable[[], None]:
        end = compress(handler)

        def ended() -> None:
            with contextlib.suppress(OSError):
                end()

        return ended

    module.compress_trace_log = forgiving
    module.FileHandler = _TraceHandler
