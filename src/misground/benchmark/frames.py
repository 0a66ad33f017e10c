"""The pictures of views, read once for all questions of an item.

The views of an item are in one row group, and its questions are asked or viewed at about the same time.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

from misground.benchmark.load import Benchmark, ViewPlace

GROUPS_KEPT: Final = 16  # no more items are in use at the same time

Group = tuple[object, int]


class FrameReader:
    """PNG files of views; safe to call from several threads.

    Args:
        benchmark: the benchmark that holds the views.
        groups: number of most recently used row groups to keep in memory; each takes a few megabytes.
    """

    def __init__(self, benchmark: Benchmark, groups: int = GROUPS_KEPT) -> None:
        self.benchmark = benchmark
        self._groups = groups
        self._kept: OrderedDict[Group, dict[str, tuple[bytes, ...]]] = OrderedDict()
        self._lock = Lock()

    def frames(self, view_id: str) -> tuple[bytes, ...]:
        """The PNG files of a view, in display order.

        Raises:
            UsageError: the benchmark lacks the view or cannot be read.
        """
        with self._lock:
            place = self.benchmark.place(view_id)
            key = (place.path, place.row_group)
            if key not in self._kept:
                self._kept[key] = self._read(place)
                while len(self._kept) > self._groups:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key][view_id]

    def _read(self, place: ViewPlace) -> dict[str, tuple[bytes, ...]]:
        rows = self.benchmark.group(place, ["view_id", "frames"])
        return {row["view_id"]: tuple(frame["bytes"] for frame in row["frames"] or ()) for row in rows}
