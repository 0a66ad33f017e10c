"""The engine for a cluster: Ray, on a running cluster or started on this machine.

Tasks write their results to the benchmark's folder or object store and return only a few numbers, so a lost
node costs only its current tasks. Nothing is kept in Ray's own object store.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

# Ray reads these when it is imported. A build reports no usage statistics and uses no accelerator. A cluster
# may require this machine's token, which Ray by default sends only to a cluster found by `auto`.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
_TOKEN: Final = Path(os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token"))
if "RAY_AUTH_TOKEN" in os.environ or _TOKEN.is_file():
    os.environ.setdefault("RAY_AUTH_MODE", "token")

import ray
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError
from ray.job_config import JobConfig

from misground import __version__
from misground.benchmark.engines.engine import Result, Task
from misground.errors import CaseError, MisgroundError, UsageError, WorkError
from misground.module_path import leave_current_folder

ATTEMPTS: Final = 3
_PATIENCE_SECONDS: Final = 10
_cluster_resources: Any = ray.cluster_resources
_QUEUED_PER_PROCESSOR: Final = 4
_OBJECT_STORE_BYTES: Final = 100 * 2**20


class _JobConfig(JobConfig):
    """Keeps this process's current folder, and that of its script, out of the workers' module path.

    Ray adds both unless the job has a working directory of its own. Here, a data set may lie there.
    """

    def _runtime_env_has_working_dir(self) -> bool:
        return True


class RayEngine:
    """Runs each task as a Ray task on one processor; started by the first run, ended by `close`."""

    def __init__(self, address: str | None, workers: int | None, needs: Sequence[Path] = ()) -> None:
        """Prepare the engine; nothing is started yet.

        Args:
            address: address of the cluster; None to start one on this machine.
            workers: most tasks at a time; None for all processors.
            needs: folders that every node must see under the same path.
        """
        self._address, self._workers, self._needs = address, workers, tuple(needs)
        self._started = False

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Result | CaseError]]:
        """See `Engine.run`; a task is given up after three workers or nodes died on it.

        Raises:
            WorkError: Ray cannot be reached, or a node lacks a folder or has another version.
        """
        if not tasks:
            return
        self._start()
        unit: Any = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(_unit)
        waiting: dict[Any, tuple[Task, int]] = {}
        upcoming = iter(tasks)

        def submit(task: Task, attempt: int) -> None:
            waiting[unit.remote(function, task, self._needs, __version__)] = (task, attempt)

        try:
            while True:
                for task in upcoming:
                    submit(task, 1)
                    if len(waiting) >= self._at_once():
                        break
                if not waiting:
                    return
                done, _ = ray.wait(list(waiting))
                for reference in done:
                    task, attempt = waiting.pop(reference)
                    result, again = self._result(reference, attempt)
                    if again:
                        submit(task, attempt + 1)
                    else:
                        yield task, result
        finally:
            self._cancel(list(waiting))

    def _result(self, reference: Any, attempt: int) -> tuple[Any, bool]:
        """The result of a task, and whether to try it again."""
        try:
            return ray.get(reference), False
        except RayTaskError as error:
            cause = error.cause
            if isinstance(cause, CaseError):
                return cause, False
            if isinstance(cause, MisgroundError):
                raise cause from error
            raise
        except RayError as error:
            if attempt < ATTEMPTS:
                return None, True
            why = "out of memory: try fewer --workers"
            if not isinstance(error, OutOfMemoryError):
                why = f"the reader crashed on one of its files, or {why}"
            return CaseError(f"its Ray worker died {ATTEMPTS} times: {why}"), False

    def _at_once(self) -> int:
        """The number of tasks submitted at a time; a cluster may grow during the work."""
        if self._workers is not None and self._address is not None:
            return self._workers
        processors: int = _cluster_resources().get("CPU", 1)
        return _QUEUED_PER_PROCESSOR * max(1, int(processors))

    def _start(self) -> None:
        if self._started:
            return
        options: dict[str, Any] = {"address": self._address}
        if self._address is None:
            options = {
                "address": "local",
                "num_cpus": self._workers,
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "job_config": _JobConfig(),
            }
        if self._address is not None:
            _check_answers(self._address)
            if not self._address.startswith("ray://"):  # Ray's own client adds no folders
                options["job_config"] = _JobConfig()
        on_termination = signal.getsignal(signal.SIGTERM)
        leave_current_folder()  # Ray starts processes of its own, now and later
        try:
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:
            if self._address == "auto" and isinstance(error, ConnectionError):
                raise WorkError(
                    "no Ray cluster runs on this machine: start one (ray start --head), or omit --ray-address"
                ) from error
            where = f"at {self._address}" if self._address else "on this machine"
            said = " ".join(str(error).split())[:200]
            raise WorkError(f"Ray {where} does not start or respond ({said})") from error
        self._started = True
        if on_termination is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_termination)  # Ray's handler prints a stack trace

    def _cancel(self, references: list[Any]) -> None:
        """Cancel tasks and wait until they end, since none may write while the folder is cleaned up.

        A cluster that this engine started is ended as a whole: Ray 2.60 now and then ends this process (a
        failed check in task_manager.cc) where a task that is being cancelled finishes by itself.
        """
        if references and self._address is None:
            self.close()
            return
        try:
            for reference in references:
                ray.cancel(reference, force=True)
            if references:
                ray.wait(references, num_returns=len(references), timeout=_PATIENCE_SECONDS)
        except (RayError, ValueError):  # the cluster is gone, and so are its tasks
            return

    def close(self) -> None:
        """Disconnect from the cluster, or end the one that this engine started."""
        if self._started:
            self._started = False
            ray.shutdown()


def _check_answers(address: str) -> None:
    """Check that something listens at HOST:PORT, since Ray itself would keep trying for hours.

    Raises:
        UsageError: the address has another form.
        WorkError: nothing listens there.
    """
    if address == "auto":
        return  # Ray itself reports a missing cluster
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise UsageError(f"--ray-address is {address!r}, expected auto, HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_SECONDS).close()
    except OSError as error:
        raise WorkError(
            f"no Ray cluster responds at {address} ({error}): start one (ray start --head), or use another "
            "address"
        ) from error


def _unit(function: Callable[[Task], Result], task: Task, needs: tuple[Path, ...], version: str) -> Result:
    """Run one task on a node."""
    node = socket.gethostname()
    if version != __version__:
        raise WorkError(
            f"Ray node {node} has misground {__version__}, this machine {version}: install the same version"
        )
    for folder in needs:
        if not folder.is_dir():
            raise WorkError(
                f"Ray node {node} cannot see {folder}: put it in a folder that all nodes share"
                " (or write to an object store)"
            )
    try:
        return function(task)
    except WorkError as error:
        raise WorkError(f"on Ray node {node}: {error}") from error
