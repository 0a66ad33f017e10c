"""The flipped and deferred steps of a reply: in the metadata of its output, and in `steps.parquet`.

The metadata are cached and logged with the reply, so that a run that was stopped has them again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from inspect_ai.log import EvalSample

from misground.benchmark.files import ANSWERS_KEPT, replacing
from misground.evaluation.flips import kind_of_flip
from misground.records import StepStatus
from misground.records.schemas import STEPS

TRACE: Final = "trace"
"""Key of an output's metadata."""
_ROWS_A_GROUP: Final = 2_000
_GROUPS_A_SIZE: Final = 100
"""Row groups of a size; those that follow have twice as many rows, as in the results."""

Token = tuple[int | None, str]
"""Id and text; a server tells no id."""


def kept_step(
    position: int,
    span: Sequence[int] | None,
    status: StepStatus,
    choice: Token,
    greedy: Token,
    candidates: Iterable[tuple[int | None, str, float, float | None]],
) -> dict[str, Any]:
    """A step as JSON values.

    Args:
        position: Number of the token in the reply, from 0.
        span: Start and end of the token in the reply's text, in characters; None if it is not there.
        status: Whether the rule flipped the step ("fired") or deferred it.
        choice: The token that was taken.
        greedy: The likeliest token.
        candidates: Id, text, probability and score of each candidate, likeliest first.
    """
    return {
        "position": position,
        "span": None if span is None else list(span),
        "status": status,
        "choice": list(choice),
        "greedy": list(greedy),
        "candidates": [
            [token, text, _rounded(p), None if score is None else _rounded(score)]
            for token, text, p, score in candidates
        ],
    }


def trace_of(steps: Sequence[Mapping[str, Any]], left_out: int) -> dict[str, Any]:
    """What the metadata hold of a reply: its steps, and the number of those that were left out."""
    return {"steps": [dict(one) for one in steps], "left_out": left_out}


def _rounded(share: float) -> float:
    return float(f"{share:.6g}")


class StepsFile:
    """Collects the rows of `steps.parquet` from the samples of a run; made by `writing_steps`.

    Attributes:
        count: Steps that were written.
        left_out: Steps that had been left out of the replies' traces.
    """

    def __init__(self, writer: pq.ParquetWriter | None, common: Mapping[str, Any]) -> None:
        self.count = self.left_out = 0
        self._writer = writer
        self._common = common
        self._waiting: list[dict[str, Any]] = []
        self._groups = 0

    def add(self, sample: EvalSample) -> None:
        """Add the steps of a sample that has a reply."""
        trace = (sample.output.metadata or {}).get(TRACE)
        if self._writer is None or not isinstance(trace, Mapping):
            return
        self.left_out += int(trace["left_out"])
        self._waiting += [self._row(sample, step) for step in trace["steps"]]
        if len(self._waiting) >= _ROWS_A_GROUP << self._groups // _GROUPS_A_SIZE:
            self.flush()

    def _row(self, sample: EvalSample, step: Mapping[str, Any]) -> dict[str, Any]:
        from semsam.antonyms import PAIRS  # needs torch, as every run with a trace does

        start, end = step["span"] or (None, None)
        (choice_id, choice), (greedy_id, greedy) = step["choice"], step["greedy"]
        fired = step["status"] == "fired"
        return {
            "run_id": self._common["run_id"],
            "arm": self._common["arm"],
            "question_id": sample.metadata["question_id"],
            "epoch": sample.epoch,
            "position": step["position"],
            "start": start,
            "end": end,
            "status": step["status"],
            "kind": kind_of_flip(sample.output.completion, start, choice, greedy, PAIRS) if fired else None,
            "choice_id": choice_id,
            "choice": choice,
            "greedy_id": greedy_id,
            "greedy": greedy,
            "candidates": [
                dict(zip(("id", "token", "p", "score"), one, strict=True)) for one in step["candidates"]
            ],
        }

    def flush(self) -> None:
        """Write the rows that wait."""
        if self._writer is not None and self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, STEPS))
            self.count += len(self._waiting)
            self._groups += 1
            self._waiting.clear()


@contextmanager
def writing_steps(to: Path | None, common: Mapping[str, Any]) -> Iterator[StepsFile]:
    """Write `steps.parquet`. The file is replaced as a whole or not at all.

    Args:
        to: The file; None to write nothing.
        common: Values of the columns that are the same in all rows.

    Raises:
        WorkError: The disk is full, or the folder cannot be written to.
    """
    if to is None:
        yield StepsFile(None, common)
        return
    with (
        replacing(to, kept=ANSWERS_KEPT) as partial,
        pq.ParquetWriter(partial, STEPS, compression="zstd") as writer,
    ):
        made = StepsFile(writer, common)
        yield made
        made.flush()
