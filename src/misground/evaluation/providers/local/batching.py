"""Batching of requests that arrive one by one: one thread answers those of similar length together."""

import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Generic, TypeVar

from misground.errors import WorkError

Request = TypeVar("Request")
Reply = TypeVar("Reply")

QUIET = 0.01  # seconds without a new request after which a partial batch is run
LONGEST_WAIT = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides which requests share a batch: the same kind, and a similar size.

    Attributes:
        kind: Requests of different kinds never share a batch.
        size: Length of the request, in any unit.
    """

    kind: Hashable
    size: int


@dataclass(slots=True)
class _Waiting(Generic[Request, Reply]):
    request: Request
    traits: Traits
    future: "Future[Reply]"


class Batcher(Generic[Request, Reply]):
    """A queue of requests, and the thread that answers them.

    Args:
        answer: Takes the requests of a batch; returns a reply or an exception for each, in their order.
        batch_size: Maximum number of requests per batch.
        quiet: Seconds to wait for another request while a batch is not full.
    """

    def __init__(
        self,
        answer: Callable[[list[Request]], Sequence[Reply | Exception]],
        batch_size: int,
        *,
        quiet: float = QUIET,
    ) -> None:
        self._answer = answer
        self._batch_size = batch_size
        self._quiet = quiet
        self._waiting: list[_Waiting[Request, Reply]] = []
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False

    def submit(self, request: Request, traits: Traits) -> "Future[Reply]":
        """Queue a request, and return its reply as a future.

        A future that is cancelled before its batch starts is dropped.

        Raises:
            WorkError: The batcher is closed.
        """
        future: Future[Reply] = Future()
        with self._changed:
            if self._closed:
                raise WorkError("the model was closed: load it again")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="misground-batches", daemon=True)
                self._thread.start()
            self._waiting.append(_Waiting(request, traits, future))
            self._changed.notify_all()
        return future

    def close(self, patience: float = 1.0) -> None:
        """Stop after the current batch, and cancel the requests that wait.

        Args:
            patience: Seconds to wait for the thread to end; a long batch may run on after that.
        """
        with self._changed:
            self._closed = True
            for waiting in self._waiting:
                waiting.future.cancel()
            self._waiting.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(patience)

    def _run(self) -> None:
        while batch := self._next():
            try:
                replies = self._answer([waiting.request for waiting in batch])
            except Exception as error:
                replies = [error] * len(batch)
            for waiting, reply in zip(batch, replies, strict=True):
                if isinstance(reply, Exception):
                    waiting.future.set_exception(reply)
                else:
                    waiting.future.set_result(reply)

    def _next(self) -> "list[_Waiting[Request, Reply]]":
        """The next batch, as soon as it is full or no more requests come; empty once closed."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                self._wait_for_more()
                if self._closed:
                    return []
                chosen = choose([waiting.traits for waiting in self._waiting], self._batch_size)
                batch = [self._waiting[at] for at in chosen]
                taken = set(chosen)
                self._waiting = [one for at, one in enumerate(self._waiting) if at not in taken]
                # From here on a future cannot be cancelled any more, so its reply can be set.
                running = [one for one in batch if one.future.set_running_or_notify_cancel()]
                if running:
                    return running

    def _wait_for_more(self) -> None:
        end = time.monotonic() + LONGEST_WAIT
        while not self._closed and len(self._waiting) < self._batch_size and time.monotonic() < end:
            before = len(self._waiting)
            if not self._changed.wait_for(lambda: self._closed or len(self._waiting) > before, self._quiet):  # noqa: B023
                return


def choose(waiting: Sequence[Traits], batch_size: int) -> list[int]:
    """Choose the next batch: the first request, so that none waits forever, and the most similar ones.

    Args:
        waiting: Waiting requests in the order of arrival, at least one.
        batch_size: Maximum number of requests per batch.

    Returns:
        Positions of requests of the same kind as the first one, by increasing size. Among the longest runs of
        consecutive sizes that contain the first one, it is the run with the smallest difference in size.
    """
    like = [at for at, traits in enumerate(waiting) if traits.kind == waiting[0].kind]
    like.sort(key=lambda at: (waiting[at].size, at))
    length = min(batch_size, len(like))
    first = like.index(0)
    starts = range(max(0, first - length + 1), min(first, len(like) - length) + 1)
    start = min(starts, key=lambda s: waiting[like[s + length - 1]].size - waiting[like[s]].size)
    return like[start : start + length]
