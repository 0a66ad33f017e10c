"""The interface of an engine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from misground.errors import CaseError

Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(Protocol):
    """Runs a function over many tasks in other processes."""

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Result | CaseError]]:
        """Run `function` on each task.

        Args:
            function: a picklable function of one task.
            tasks: picklable tasks.

        Returns:
            (task, result) in order of completion. If the function raises a CaseError, or processes die
            repeatedly on the same task, the result of that task is a CaseError. Any other exception stops all
            work and is raised.
        """
        ...
