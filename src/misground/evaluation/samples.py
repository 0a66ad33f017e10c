"""The questions of a benchmark as samples of inspect_ai: light, without pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
from inspect_ai.dataset import MemoryDataset, Sample

from misground.benchmark.load import Benchmark
from misground.dialogue.prompt import prompt_text
from misground.evaluation.selection import Row, filtered, limited


@dataclass(frozen=True, slots=True)
class ViewSize:
    """How much a view shows: pictures, and pixels of each."""

    frames: int
    width: int
    height: int


def chosen_questions(
    benchmark: Benchmark, wanted: Mapping[str, frozenset[str]], limit: int | None
) -> list[Row]:
    """The questions that are asked, in the order on disk (`selection` says how they are chosen)."""
    return limited(filtered(benchmark.questions().to_pylist(), wanted), limit)


def view_sizes(benchmark: Benchmark, view_ids: Iterable[str]) -> dict[str, ViewSize]:
    """Sizes of views by id, from the small columns alone."""
    wanted = set(view_ids)
    sizes: dict[str, ViewSize] = {}
    for path in sorted({benchmark.place(view_id).path for view_id in wanted}):
        table = pq.read_table(path, columns=["view_id", "slices", "width", "height"], partitioning=None)
        for row in table.to_pylist():
            if row["view_id"] in wanted:
                sizes[row["view_id"]] = ViewSize(len(row["slices"]), row["width"], row["height"])
    return sizes


def samples(questions: Sequence[Row], sizes: Mapping[str, ViewSize], *, reasoning: bool) -> MemoryDataset:
    """A sample a question: the prompt's text as its input, the row of the benchmark as its metadata."""
    return MemoryDataset(
        [_sample(row, sizes, reasoning) for row in questions], name="misground", location="misground"
    )


def _sample(row: Row, sizes: Mapping[str, ViewSize], reasoning: bool) -> Sample:
    frames = 0 if row["view_id"] is None else sizes[row["view_id"]].frames
    metadata: dict[str, Any] = dict(row)
    return Sample(
        id=row["question_id"],
        input=prompt_text(row, frames, reasoning=reasoning),
        choices=None,  # the prompt lists the options; letters would be another question
        target=row["answer"],
        metadata=metadata,
    )
