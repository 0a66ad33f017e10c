"""The questions of a benchmark as samples of inspect_ai, without pictures to save memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.dataset import MemoryDataset, Sample

from misground.benchmark.load import Benchmark
from misground.dialogue.prompt import prompt_text
from misground.evaluation.selection import Row, filtered, limited
from misground.evaluation.structure_sizes import with_sizes


@dataclass(frozen=True, slots=True)
class ViewSize:
    """Size of a view: the number of pictures, and the width and height of each in pixels."""

    frames: int
    width: int
    height: int


def chosen_questions(
    benchmark: Benchmark, wanted: Mapping[str, frozenset[str]], limit: int | None
) -> list[Row]:
    """Choose the questions to ask, in the order on disk, each with the size of its smaller structure.

    See `misground.evaluation.selection` and `misground.evaluation.structure_sizes`.

    Args:
        benchmark: The benchmark.
        wanted: Filter, column -> allowed values.
        limit: Maximum number of questions; None for all.

    Raises:
        UsageError: The filter or the limit leaves no question.
    """
    return with_sizes(benchmark, limited(filtered(benchmark.questions().to_pylist(), wanted), limit))


def view_sizes(benchmark: Benchmark, view_ids: Iterable[str]) -> dict[str, ViewSize]:
    """Read the sizes of views by view id, without their pictures."""
    views = benchmark.views(view_ids, ["view_id", "slices", "width", "height"])
    return {view["view_id"]: ViewSize(len(view["slices"]), view["width"], view["height"]) for view in views}


def samples(questions: Sequence[Row], sizes: Mapping[str, ViewSize], *, reasoning: bool) -> MemoryDataset:
    """Make one sample per question, with the prompt as input and the row of the benchmark as metadata.

    Args:
        questions: Rows of `records.schemas.QUESTIONS`.
        sizes: Sizes of their views by view id.
        reasoning: Whether to ask for reasoning before the answer.
    """
    return MemoryDataset(
        [_sample(row, sizes, reasoning) for row in questions], name="misground", location="misground"
    )


def _sample(row: Row, sizes: Mapping[str, ViewSize], reasoning: bool) -> Sample:
    frames = 0 if row["view_id"] is None else sizes[row["view_id"]].frames
    metadata: dict[str, Any] = dict(row)
    return Sample(
        id=row["question_id"],
        input=prompt_text(row, frames, reasoning=reasoning),
        choices=None,  # the prompt lists the options itself, without letters
        target=row["answer"],
        metadata=metadata,
    )
