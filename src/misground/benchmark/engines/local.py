"""The engine for one machine: worker processes, where the death of a worker affects only its task.

It uses pebble because in concurrent.futures a worker that the system kills breaks the whole pool.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from dataclasses import dataclass
from typing import Final

from pebble import ProcessExpired, ProcessPool

from misground.benchmark.engines.children import death, spawning
from misground.benchmark.engines.engine import Result, Task, limit_of
from misground.errors import CaseError

ATTEMPTS: Final = 2
_QUEUED_PER_WORKER: Final = 4


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
        limit = limit_of(function)
        with ProcessPool(max_workers=min(self.workers, len(tasks)), context=spawning()) as pool:
            waiting: dict[Future[Result], tuple[Task, int]] = {}
            upcoming = iter(tasks)

            def submit(task: Task, attempt: int) -> None:
                waiting[pool.schedule(function, args=(task,), timeout=limit)] = (task, attempt)

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
                        except TimeoutError:
                            if limit is None:
                                raise
                            yield task, CaseError(f"it took longer than {limit:g} seconds")
                        except ProcessExpired as error:
                            if attempt < ATTEMPTS:
                                submit(task, attempt + 1)
                                continue
                            yield task, CaseError(death(error.exitcode, attempt))
                        for next_task in upcoming:
                            submit(next_task, 1)
                            break
            except BaseException:
                pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without annotations
                raise
