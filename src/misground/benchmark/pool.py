"""Running one function over many arguments in worker processes, where a dying worker costs one task.

pebble rather than concurrent.futures: there a worker that the system kills breaks the whole pool.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Final, TypeVar

from pebble import ProcessExpired, ProcessPool

from misground.errors import CaseError

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS: Final = 2
_QUEUED_PER_WORKER: Final = 4


def available_workers() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    function: Callable[[Task], Result], tasks: Sequence[Task], workers: int
) -> Iterator[tuple[Task, Result | CaseError]]:
    """(task, result) as they finish, in any order.

    A CaseError of the function, or a worker process that dies twice on the same task, is the result of that
    task alone. Any other exception stops all workers and is raised.
    """
    if not tasks:
        return
    context = multiprocessing.get_context("spawn")  # fork would copy the threads of the progress bar
    with ProcessPool(max_workers=min(workers, len(tasks)), context=context) as pool:
        waiting: dict[Future[Result], tuple[Task, int]] = {}
        upcoming = iter(tasks)

        def submit(task: Task, attempt: int) -> None:
            waiting[pool.schedule(function, args=(task,))] = (task, attempt)

        try:
            for task in upcoming:
                submit(task, 1)
                if len(waiting) >= workers * _QUEUED_PER_WORKER:
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


def _death(error: ProcessExpired) -> str:
    return (
        f"the worker process died twice (exit code {error.exitcode}), most likely out of memory: "
        "try fewer --workers"
    )
