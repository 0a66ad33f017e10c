"""Waiting for a thread in an asynchronous function."""

import threading
from concurrent.futures import Future

import pytest

anyio = pytest.importorskip("anyio")

from misground.evaluation.providers.local.waiting import reply_of  # noqa: E402


def test_a_reply_of_a_thread_arrives_at_once() -> None:
    future: Future[int] = Future()
    threading.Timer(0.05, future.set_result, [3]).start()
    assert anyio.run(reply_of, future) == 3


def test_a_reply_that_is_there_already_is_taken() -> None:
    future: Future[int] = Future()
    future.set_result(4)

    async def main() -> int:
        with anyio.fail_after(5):
            return await reply_of(future)

    assert anyio.run(main) == 4


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    future: Future[int] = Future()
    threading.Timer(0.05, future.set_exception, [ValueError("gone")]).start()
    with pytest.raises(ValueError, match="gone"):
        anyio.run(reply_of, future)


def test_a_timeout_cancels_the_request() -> None:
    future: Future[int] = Future()

    async def main() -> None:
        with anyio.move_on_after(0.05):
            await reply_of(future)

    anyio.run(main)
    assert future.cancelled()
