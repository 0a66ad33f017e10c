"""Which question is being asked just now: known to our baselines, never sent to a model."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from misground.benchmark.load import Benchmark
from misground.errors import WorkError

SEED_BITS = 31  # what every engine takes as the seed of a request


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it stands in the benchmark, its answer included.

    question: a row of `records.schemas.QUESTIONS`. seed: of this question in this epoch (`sample_seed`).
    benchmark: where the question is from.
    """

    benchmark: Benchmark
    question: Mapping[str, Any]
    epoch: int
    seed: int


_asking: ContextVar[Asking] = ContextVar("misground_asking")


def tell(asking: Asking) -> None:
    """Make a question known to what is called from here on, in this task alone."""
    _asking.set(asking)


def asked() -> Asking:
    """The question that is being asked.

    Raises:
        WorkError: none is, because another task than ours calls the model.
    """
    found = _asking.get(None)
    if found is None:
        raise WorkError("this model answers questions of the task misground/benchmark alone")
    return found


def sample_seed(seed: int, question_id: str, epoch: int) -> int:
    """The seed of one question in one epoch, in [0, 2^31): the same wherever and whenever it is asked.

    One seed for all would give an engine that honours it the same answer in every epoch.
    """
    key = f"{seed}/{question_id}/{epoch}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> (64 - SEED_BITS)
