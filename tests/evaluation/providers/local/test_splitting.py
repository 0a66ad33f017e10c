"""Batches that fail: halved where memory runs out, one by one otherwise."""

import pytest

from misground.errors import UsageError, WorkError
from misground.evaluation.providers.local.splitting import Splitter, is_out_of_memory

torch = pytest.importorskip("torch")


class Model:
    """Holds so many requests in memory; a negative request is broken."""

    def __init__(self, holds: int) -> None:
        self.holds = holds
        self.sizes: list[int] = []
        self.freed = 0

    def free(self) -> None:
        self.freed += 1

    def __call__(self, requests: list[int]) -> list[int]:
        self.sizes.append(len(requests))
        if len(requests) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nSee the manual.")
        if min(requests) < 0:
            raise ValueError(f"a picture of {min(requests)} pixels\nand more")
        return [10 * request for request in requests]


def test_a_batch_is_halved_until_memory_holds_it() -> None:
    model = Model(holds=2)
    assert Splitter(model.free).answer(model, list(range(8))) == [10 * n for n in range(8)]
    assert model.sizes == [8, 4, 2, 2, 2, 2]
    assert model.freed == 2


def test_what_memory_held_is_remembered_for_the_kind_alone() -> None:
    model, splitter = Model(holds=2), Splitter()
    splitter.answer(model, [1, 2, 3, 4], "3d")
    model.sizes.clear()
    splitter.answer(model, [1, 2, 3, 4], "3d")
    assert model.sizes == [2, 2]
    splitter.answer(model, [1, 2], "text")
    assert model.sizes == [2, 2, 2]


def test_one_request_that_memory_does_not_hold_is_an_error() -> None:
    replies = Splitter().answer(Model(holds=0), [1, 2])
    assert [str(reply) for reply in replies] == [
        "out of memory with a single question: CUDA out of memory. Tried to allocate 2 GiB."
    ] * 2
    assert all(isinstance(reply, WorkError) for reply in replies)


def test_a_broken_request_does_not_fail_its_neighbours() -> None:
    replies = Splitter().answer(Model(holds=8), [1, -2, 3])
    assert replies[0] == 10
    assert replies[2] == 30
    assert isinstance(replies[1], WorkError)
    assert str(replies[1]) == "ValueError: a picture of -2 pixels"


def test_an_error_of_ours_stays_what_it_is() -> None:
    def refuse(_: list[int]) -> list[int]:
        raise UsageError("top_k is 3: leave it out")

    [reply] = Splitter().answer(refuse, [1])
    assert isinstance(reply, UsageError)


def test_errors_a_request_pass_through() -> None:
    error = WorkError("too long")
    assert Splitter().answer(lambda _: [1, error], [0, 0]) == [1, error]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("x"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (MemoryError(), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_devices_say_in_different_words_that_memory_ran_out(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
