"""The question that is being asked: our baselines read it, and no model ever sees it."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from misground.benchmark.load import Benchmark
from misground.errors import WorkError

SEED_BITS = 31  # every engine accepts a seed of this size


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as the benchmark stores it, with its answer.

    Attributes:
        benchmark: The benchmark that the question comes from.
        question: A row of `records.schemas.QUESTIONS`.
        epoch: Number of the epoch, from 1.
        seed: Seed of this question in this epoch; see `sample_seed`.
    """

    benchmark: Benchmark
    question: Mapping[str, Any]
    epoch: int
    seed: int


_asking: ContextVar[Asking] = ContextVar("misground_asking")


def tell(asking: Asking) -> None:
    """Make a question available to `asked` in the current asynchronous task."""
    _asking.set(asking)


def asked() -> Asking:
    """Return the question that is being asked.

    Raises:
        WorkError: No question is being asked: another task than ours calls the model.
    """
    found = _asking.get(None)
    if found is None:
        raise WorkError(
            "a baseline was called from another task, and answers only the task misground/benchmark"
        )
    return found


def sample_seed(seed: int, question_id: str, epoch: int) -> int:
    """Compute the seed of one question in one epoch, the same on every machine.

    With a single seed for all epochs, an engine that honours it would give the same answer in each.

    Args:
        seed: Seed of the run.
        question_id: Id of the question.
        epoch: Number of the epoch.

    Returns:
        A whole number in [0, 2^31).
    """
    key = f"{seed}/{question_id}/{epoch}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> (64 - SEED_BITS)
