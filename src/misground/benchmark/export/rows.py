"""The questions of a benchmark with their views, one view at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from misground.benchmark.load import Benchmark
from misground.benchmark.picture import checked_png

Progress = Callable[[int, int], None]


class Questions:
    """The questions in the order on disk, and grouped by view."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._benchmark = benchmark

    @cached_property
    def _table(self) -> Any:
        return self._benchmark.questions()

    @cached_property
    def _by_view(self) -> dict[str | None, list[int]]:
        rows: dict[str | None, list[int]] = {}
        for number, view_id in enumerate(self._table["view_id"].to_pylist()):
            rows.setdefault(view_id, []).append(number)
        return rows

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @property
    def manifest(self) -> dict[str, Any]:
        """The benchmark's manifest."""
        return self._benchmark.manifest

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Some questions as rows of `records.schemas.QUESTIONS`."""
        # With a type: an empty list alone would be of type null, which cannot index.
        found: list[dict[str, Any]] = self._table.take(pa.array(numbers, pa.int64())).to_pylist()
        return found

    def with_views(self) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Each view, one at a time in the order on disk, with the questions about it."""
        by_view = self._by_view
        for view in self._benchmark.views([view_id for view_id in by_view if view_id is not None]):
            yield view, self.rows(by_view[view["view_id"]])

    def without_views(self) -> list[dict[str, Any]]:
        """The questions without a picture."""
        return self.rows(self._by_view.get(None, []))

    def in_order(self, at_once: int = 1_000) -> Iterator[dict[str, Any]]:
        """All questions in the order on disk."""
        for batch in self._table.to_batches(max_chunksize=at_once):
            yield from batch.to_pylist()


def png_frames(view: Mapping[str, Any]) -> list[bytes]:
    """The PNG files of a view in display order, each checked to be one plain picture of the view's size.

    Raises:
        UsageError: a picture is missing or is anything else.
    """
    frames: list[Any] = [None if frame is None else frame["bytes"] for frame in view["frames"] or ()]
    for number, content in enumerate(frames):
        name = f"view {view['view_id']} frame {number}"
        checked_png(content, view["width"], view["height"], name)
    return frames
