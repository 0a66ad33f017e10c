"""Recovery from a failed batch: halve it if memory ran out, else run its requests one by one."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from misground.errors import MisgroundError, WorkError

Request = TypeVar("Request")
Reply = TypeVar("Reply")
LONGEST = 300
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


class Splitter:
    """Runs batches, and remembers for each kind how many requests fit into memory.

    Args:
        free: Called after memory ran out, before the next try.
    """

    def __init__(self, free: Callable[[], None] = lambda: None) -> None:
        self._free = free
        self._limits: dict[Hashable, int] = {}

    def answer(
        self,
        run: Callable[[list[Request]], Sequence[Reply | Exception]],
        requests: Sequence[Request],
        kind: Hashable = None,
    ) -> list[Reply | Exception]:
        """Answer a batch of requests of one kind.

        Args:
            run: Answers a batch: returns a reply or an exception per request, or raises for the whole batch.
            requests: The requests.
            kind: Their kind; requests of one kind need about the same memory.

        Returns:
            A reply or an exception for each request, in their order.
        """
        limit = self._limits.get(kind, len(requests))
        if len(requests) > limit:
            return self._parts(run, requests, kind, limit)
        failure = None
        try:
            return list(run(list(requests)))
        except Exception as error:
            # Leaving this clause frees the frames that hold the tensors of the failed batch.
            failure = _without_frames(error)
        if is_out_of_memory(failure):
            self._free()
            if len(requests) == 1:
                return [WorkError(f"out of memory with a single question: {first_line(failure)}")]
            self._limits[kind] = len(requests) // 2
            return self._parts(run, requests, kind, len(requests) // 2)
        if len(requests) == 1:
            return [failure if isinstance(failure, MisgroundError) else WorkError(described(failure))]
        return [reply for request in requests for reply in self.answer(run, [request], kind)]

    def _parts(
        self,
        run: Callable[[list[Request]], Sequence[Reply | Exception]],
        requests: Sequence[Request],
        kind: Hashable,
        size: int,
    ) -> list[Reply | Exception]:
        parts = [requests[at : at + size] for at in range(0, len(requests), size)]
        return [reply for part in parts for reply in self.answer(run, part, kind)]


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch, on any device, says that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY)


def described(error: Exception) -> str:
    """Describe an error of a library in one line that begins with its type."""
    return f"{type(error).__name__}: {first_line(error)}"


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, of limited length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:LONGEST] if lines else "no reason given"


def _without_frames(error: Exception) -> Exception:
    error.__traceback__ = None
    error.__context__ = None
    error.__cause__ = None
    return error
