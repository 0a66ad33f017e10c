"""The questions of a benchmark in list order: item by item."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from misground.benchmark.load import Benchmark
from misground.errors import UsageError

_PLAIN: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")


@dataclass(frozen=True)
class Catalogue:
    """All questions, grouped by item, with items in order of first appearance.

    Attributes:
        table: rows of `records.schemas.QUESTIONS`; a question's rank is its row.
        item_ids: each item's id, once.
        starts: item i has the rows starts[i] to starts[i + 1].
    """

    table: pa.Table
    item_ids: Sequence[str]
    starts: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of questions."""
        return int(self.table.num_rows)

    @cached_property
    def question_ids(self) -> pa.Array:
        """The question ids by rank."""
        return self.table["question_id"].combine_chunks()

    @cached_property
    def item_numbers(self) -> dict[str, int]:
        """item_id -> position in `item_ids`."""
        return {item_id: number for number, item_id in enumerate(self.item_ids)}

    @cached_property
    def view_ids(self) -> frozenset[str]:
        """The ids of all views that a question shows."""
        return frozenset(pc.unique(self.table["view_id"]).drop_null().to_pylist())

    def rows(self, item: int) -> tuple[int, int]:
        """The ranks [first, end) of an item's questions, by the item's number."""
        return int(self.starts[item]), int(self.starts[item + 1])

    def questions(self, item: int) -> list[dict[str, Any]]:
        """The questions of an item as rows, by the item's number."""
        first, end = self.rows(item)
        found: list[dict[str, Any]] = self.table.slice(first, end - first).to_pylist()
        return found


def read_catalogue(benchmark: Benchmark) -> Catalogue:
    """The catalogue of a benchmark.

    Raises:
        UsageError: the benchmark cannot be read, has no questions, or has an id that cannot be a file name
            (a build's ids are hexadecimal).
    """
    table = benchmark.questions()
    if table.num_rows == 0:
        raise UsageError(f"{benchmark.root}: the benchmark has no questions, so there is nothing to show")
    for column in ("question_id", "item_id", "view_id"):
        for found in pc.unique(table[column]).to_pylist():
            if not (found is None and column == "view_id") and not _PLAIN.fullmatch(found or ""):
                raise UsageError(
                    f"{benchmark.root}: {column} {found!r} is not a valid id, expected letters, digits, - "
                    "and _: build the benchmark again"
                )
    items = table["item_id"].combine_chunks().dictionary_encode()
    numbers = items.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(len(items.dictionary) + 1))
    return Catalogue(table.take(pa.array(order)), items.dictionary.to_pylist(), starts)
