"""What every engine does."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from misground.errors import CaseError

Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(Protocol):
    """Runs one function over many tasks, in other processes."""

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Result | CaseError]]:
        """(task, result) as they finish, in any order.

        A CaseError of the function, or a process that dies again and again on the same task, is the result
        of that task alone. Any other exception stops all work and is raised.
        """
        ...
