"""Going on where a batch fails: halved where memory runs out, one by one otherwise."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from misground.errors import MisgroundError, WorkError

Request = TypeVar("Request")
Reply = TypeVar("Reply")
LONGEST = 300
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


class Splitter:
    """Runs batches, and remembers by kind how many requests memory held.

    Args:
        free: called after memory ran out, before the next try.
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
        """A reply or an exception for each request, in their order.

        Args:
            run: the same for a batch; it may raise instead, for the batch as a whole.
            requests: a batch of one kind.
            kind: batches of it need about the same memory.
        """
        limit = self._limits.get(kind, len(requests))
        if len(requests) > limit:
            return self._parts(run, requests, kind, limit)
        failure = None
        try:
            return list(run(list(requests)))
        except Exception as error:
            # Leaving this clause lets go of the frames that hold the failed batch's tensors.
            failure = _without_frames(error)
        if is_out_of_memory(failure):
            self._free()
            if len(requests) == 1:
                return [WorkError(f"out of memory for one question alone: {first_line(failure)}")]
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
    """Whether an error of torch, of whatever device, says that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY)


def described(error: Exception) -> str:
    """An error of a library in one line, its kind first."""
    return f"{type(error).__name__}: {first_line(error)}"


def first_line(error: Exception) -> str:
    """What an error says, in one line of bounded length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:LONGEST] if lines else "no reason given"


def _without_frames(error: Exception) -> Exception:
    error.__traceback__ = None
    error.__context__ = None
    error.__cause__ = None
    return error
