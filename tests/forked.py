"""Runs `misground` again and again in processes that need not import its libraries again.

This file, run as a script, is a process that imports them once and then forks: the child runs `python -m
misground` with the arguments, the environment, the folder and the streams that it was sent. A command of the
shell imports for two to eight seconds, so hundreds of them were half the time of the tests.
"""

import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "misground.cli.building",
    "misground.evaluation.run",
    "misground.evaluation.scoring",
    "misground.report.write",
    "pandas",  # pyarrow imports it where it is installed
)
OF_LOCAL_MODELS = "misground.evaluation.providers.local.api"
ASKED_FOR = "misground-hf"
# What else differs needs a process that starts with it, because libraries read some variables once.
MAY_DIFFER = frozenset({"INSPECT_CACHE_DIR", "PYTEST_CURRENT_TEST"})
OF_RAY = "RAY_"  # set by its import in a test; the process that forks does not import it
LARGEST_REQUEST = 1 << 20


class Forked:
    """The process that forks, seen from the tests; started by the first command."""

    def __init__(self) -> None:
        self._environment = {**os.environ, "COLUMNS": "200"}
        self._server: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def takes(self, environment: dict[str, str]) -> bool:
        """Whether a command with these variables may run in a fork."""
        names = (self._environment.keys() | environment.keys()) - MAY_DIFFER
        return hasattr(os, "fork") and all(
            self._environment.get(name) == environment.get(name)
            for name in names
            if not name.startswith(OF_RAY)
        )

    def run(
        self, arguments: Sequence[str], environment: dict[str, str], cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """The command's exit status and output."""
        line = self._line or self._start()
        request = {"arguments": arguments, "environment": environment, "cwd": str(cwd or Path.cwd())}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            sent = [json.dumps(request).encode()]
            socket.send_fds(line, sent, [out.fileno(), errors.fileno()])
            status = line.recv(100)
            if not status:
                raise RuntimeError("the process that forks commands has ended")
            streams = []
            for stream in (out, errors):
                stream.seek(0)
                streams.append(stream.read().decode().replace("\r\n", "\n"))
        return subprocess.CompletedProcess(["misground", *arguments], int(status), *streams)

    def _start(self) -> socket.socket:
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._server = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())],
                pass_fds=[other.fileno()],
                env=self._environment,
                stdin=subprocess.DEVNULL,
            )
        return self._line

    def close(self) -> None:
        """End the process that forks."""
        if self._line is not None and self._server is not None:
            self._line.close()
            self._server.wait()


def served(line: socket.socket) -> list[str] | None:
    """Fork for each request. In a child, its arguments, with all else set; in the parent None at the end."""
    while True:
        sent, streams, *_ = socket.recv_fds(line, LARGEST_REQUEST, 2)
        if not sent:
            return None
        request = json.loads(sent)
        if any(ASKED_FOR in one for one in request["arguments"]):
            import_module(OF_LOCAL_MODELS)
        child = os.fork()
        if not child:
            line.close()
            for stream, number in zip(streams, (1, 2), strict=True):
                os.dup2(stream, number)
                os.close(stream)
            os.environ.clear()
            os.environ.update(request["environment"])
            os.chdir(request["cwd"])
            return list(request["arguments"])
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    for library in LIBRARIES:
        import_module(library)
    wanted = served(socket.socket(fileno=int(sys.argv[1])))
    if wanted is not None:
        sys.argv[1:] = wanted
        runpy.run_module("misground", run_name="__main__", alter_sys=True)
