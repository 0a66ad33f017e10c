"""Waiting for a thread's reply in an asynchronous function, on any backend of anyio, without polling."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import anyio
from anyio.lowlevel import current_token

Reply = TypeVar("Reply")


async def reply_of(future: "Future[Reply]") -> Reply:
    """The future's result; where the wait is cancelled (a time-out), the future is too.

    Raises:
        Exception: whatever the thread set.
    """
    done, soon = anyio.Event(), _in_this_loop()

    def wake(_: "Future[Reply]") -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            soon(done.set)

    future.add_done_callback(wake)
    try:
        await done.wait()
    finally:
        future.cancel()  # plays no part in one that is done
    return future.result()


def _in_this_loop() -> Callable[[Callable[[], None]], Any]:
    """What has a function called in the running loop, from any thread, without waiting for it.

    `anyio.from_thread` waits, which the loop's own thread cannot, nor a thread that outlives the loop.
    """
    native: Any = current_token().native_token
    found: Callable[[Callable[[], None]], Any] = (
        native.call_soon_threadsafe if hasattr(native, "call_soon_threadsafe") else native.run_sync_soon
    )
    return found
