"""Batches of requests: who goes with whom, and that every reply finds its request."""

import threading
from concurrent.futures import CancelledError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.errors import WorkError
from misground.evaluation.providers.local import batching
from misground.evaluation.providers.local.batching import Batcher, Traits, choose

TRAITS = st.builds(Traits, kind=st.sampled_from("ab"), size=st.integers(0, 50))


def traits(*sizes: int) -> list[Traits]:
    return [Traits("text", size) for size in sizes]


def test_the_first_request_takes_its_neighbours_by_size_along() -> None:
    assert choose(traits(50, 1, 52, 2, 49), 3) == [4, 0, 2]


def test_a_first_request_at_the_edge_is_taken_with_the_next_ones() -> None:
    assert choose(traits(9, 100, 8, 102, 1), 2) == [2, 0]


def test_kinds_are_never_mixed() -> None:
    waiting = [Traits("3d", 5), Traits("text", 5), Traits("3d", 900)]
    assert choose(waiting, 8) == [0, 2]


@given(waiting=st.lists(TRAITS, min_size=1, max_size=30), batch_size=st.integers(1, 9))
def test_a_batch_holds_the_first_request_and_is_as_large_as_may_be(
    waiting: list[Traits], batch_size: int
) -> None:
    chosen = choose(waiting, batch_size)
    like = [at for at, one in enumerate(waiting) if one.kind == waiting[0].kind]
    assert 0 in chosen
    assert set(chosen) <= set(like)
    assert len(set(chosen)) == len(chosen) == min(batch_size, len(like))
    sizes = [waiting[at].size for at in chosen]
    assert sizes == sorted(sizes)
    left_out = [waiting[at].size for at in like if at not in chosen]
    assert not any(sizes[0] < size < sizes[-1] for size in left_out)


class Recorder:
    """Answers with ten times the request, and remembers the batches; holds still until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()
        self.started = threading.Event()

    def __call__(self, requests: list[int]) -> list[Any]:
        self.batches.append(requests)
        self.started.set()
        self.go.wait(60)
        return [ValueError(f"no {request}") if request < 0 else 10 * request for request in requests]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def batcher(recorder: Recorder) -> Any:
    batcher: Batcher[int, int] = Batcher(recorder, 4, quiet=0.05)
    yield batcher
    recorder.go.set()
    batcher.close()


def test_every_reply_finds_its_request(batcher: Any, recorder: Recorder) -> None:
    recorder.go.set()
    futures = [batcher.submit(n, Traits("text", 100 - n)) for n in range(10)]
    assert [future.result(60) for future in futures] == [10 * n for n in range(10)]
    assert max(map(len, recorder.batches)) == 4
    assert sorted(n for batch in recorder.batches for n in batch) == list(range(10))


def test_an_error_reaches_its_request_alone(batcher: Any, recorder: Recorder) -> None:
    recorder.go.set()
    futures = [batcher.submit(n, Traits("text", 1)) for n in (1, -2, 3)]
    assert futures[0].result(60) == 10
    assert futures[2].result(60) == 30
    with pytest.raises(ValueError, match="no -2"):
        futures[1].result(60)


def test_a_cancelled_request_is_dropped(batcher: Any, recorder: Recorder) -> None:
    first = batcher.submit(0, Traits("first", 1))
    assert recorder.started.wait(60)
    cancelled, kept = batcher.submit(1, Traits("text", 1)), batcher.submit(2, Traits("text", 1))
    assert cancelled.cancel()
    recorder.go.set()
    assert kept.result(60) == 20
    assert first.result(60) == 0
    assert recorder.batches == [[0], [2]]


def test_requests_that_come_soon_after_each_other_share_a_batch(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "LONGEST_WAIT", 60)
    patient: Batcher[int, int] = Batcher(recorder, 3, quiet=60)
    recorder.go.set()
    futures = []
    for n in range(3):
        assert recorder.batches == []
        futures.append(patient.submit(n, Traits("text", 1)))
    for future in futures:
        future.result(60)
    patient.close()
    assert recorder.batches == [[0, 1, 2]]


def test_what_answers_nothing_at_all_fails_the_whole_batch() -> None:
    def broken(_: list[int]) -> list[int]:
        raise KeyError("gone")

    batcher: Batcher[int, int] = Batcher(broken, 2)
    future = batcher.submit(1, Traits("text", 1))
    with pytest.raises(KeyError, match="gone"):
        future.result(60)
    assert isinstance(batcher.submit(2, Traits("text", 1)).exception(60), KeyError)
    batcher.close()


def test_closing_ends_the_thread_and_cancels_what_waits(recorder: Recorder) -> None:
    batcher: Batcher[int, int] = Batcher(recorder, 1)
    batcher.submit(0, Traits("text", 1))
    assert recorder.started.wait(60)
    waiting = batcher.submit(1, Traits("text", 1))
    threading.Timer(0.05, recorder.go.set).start()
    batcher.close(patience=10)
    assert not [thread for thread in threading.enumerate() if thread is batcher._thread]
    with pytest.raises(CancelledError):
        waiting.result(0)
    with pytest.raises(WorkError, match="closed"):
        batcher.submit(2, Traits("text", 1))
