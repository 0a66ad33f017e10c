"""The engine for one machine: worker processes, where the death of a worker affects only its task.

It uses pebble because in concurrent.futures a worker that the system kills breaks the whole pool.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from misground.benchmark.engines.engine import Result, Task
from misground.errors import CaseError

ATTEMPTS: Final = 2
_QUEUED_PER_WORKER: Final = 4
_THREADS: Final = "OMP_NUM_THREADS"


def available_workers() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class LocalEngine:
    """Worker processes on this machine, started and ended with each run."""

    workers: int

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Result | CaseError]]:
        """See `Engine.run`; a task is given up after two workers died on it."""
        if not tasks:
            return
        with _one_thread_each():
            yield from self._run(function, tasks)

    def _run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Result | CaseError]]:
        context: Any = multiprocessing.get_context("spawn")  # fork would copy the progress bar's threads
        with ProcessPool(max_workers=min(self.workers, len(tasks)), context=context) as pool:
            waiting: dict[Future[Result], tuple[Task, int]] = {}
            upcoming = iter(tasks)

            def submit(task: Task, attempt: int) -> None:
                waiting[pool.schedule(function, args=(task,))] = (task, attempt)

            try:
                for task in upcoming:
                    submit(task, 1)
                    if len(waiting) >= self.workers * _QUEUED_PER_WORKER:
                        break
                while waiting:
                    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        task, attempt = waiting.pop(future)
                        try:
                            yield task, future.result()
                        except CaseError as error:
                            yield task, error
                        except ProcessExpired as error:
                            if attempt < ATTEMPTS:
                                submit(task, attempt + 1)
                                continue
                            yield task, CaseError(_death(error))
                        for next_task in upcoming:
                            submit(next_task, 1)
                            break
            except BaseException:
                pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without annotations
                raise


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Give processes started meanwhile one thread each for linear algebra, as there is one per processor."""
    before = os.environ.get(_THREADS)
    os.environ.setdefault(_THREADS, "1")
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]


def _death(error: ProcessExpired) -> str:
    return (
        f"the worker process died twice (exit code {error.exitcode}), probably out of memory: "
        "try fewer --workers"
    )
