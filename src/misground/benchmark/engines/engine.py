"""The interface of an engine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

from misground.errors import CaseError

Task = TypeVar("Task")
Result = TypeVar("Result")
READING_SECONDS: Final = 3600.0
"""Time limit for reading and measuring one case, for a reader that hangs. The largest cases take minutes."""
_LIMITS: Final[dict[Callable[..., Any], float]] = {}


def reads_files(function: Callable[[Task], Result]) -> Callable[[Task], Result]:
    """Mark a function that reads a case, so that the local engine gives it up after READING_SECONDS."""
    _LIMITS[function] = READING_SECONDS
    return function


def limit_of(function: Callable[..., Any]) -> float | None:
    """The time limit of a function's tasks in seconds; None for none."""
    return _LIMITS.get(function)


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
            (task, result) in order of completion. If the function raises a CaseError or takes too long, or
            processes die repeatedly on the same task, the result of that task is a CaseError. Any other
            exception stops all work and is raised.
        """
        ...
