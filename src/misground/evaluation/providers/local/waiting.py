"""Waiting for the reply of a thread in an asynchronous function, on any anyio backend, without polling."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import anyio
from anyio.lowlevel import current_token

Reply = TypeVar("Reply")


async def reply_of(future: "Future[Reply]") -> Reply:
    """Wait for the result of a future; if the wait is cancelled (by a time-out), so is the future.

    Raises:
        Exception: The exception that the thread set.
    """
    done, soon = anyio.Event(), _in_this_loop()

    def wake(_: "Future[Reply]") -> None:
        with suppress(RuntimeError):  # the loop has ended: nothing waits any more
            soon(done.set)

    future.add_done_callback(wake)
    try:
        await done.wait()
    finally:
        future.cancel()  # no effect on a future that is done
    return future.result()


def _in_this_loop() -> Callable[[Callable[[], None]], Any]:
    """A function that schedules a call in the running loop from any thread, without waiting for it.

    `anyio.from_thread` waits, which neither the loop's own thread can do nor a thread that outlives the loop.
    """
    native: Any = current_token().native_token
    found: Callable[[Callable[[], None]], Any] = (
        native.call_soon_threadsafe if hasattr(native, "call_soon_threadsafe") else native.run_sync_soon
    )
    return found
