"""The pictures of views, by number."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any, Final

from misground.benchmark.load import Benchmark

KEPT_GROUPS: Final = 2
"""Row groups that stay in memory, about 20 MB each: an item's views lie in one, and are looked at in turn."""


class Frames:
    """PNG files of a benchmark's views; safe to call from several threads."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._benchmark = benchmark
        self._groups: OrderedDict[tuple[Path, int], dict[str, list[bytes]]] = OrderedDict()
        self._lock = Lock()

    def of(self, view_id: str) -> list[bytes]:
        """The frames of a view in display order. Raises UsageError where it cannot be read."""
        place = self._benchmark.place(view_id)
        key = (place.path, place.row_group)
        with self._lock:
            if key not in self._groups:
                rows = self._benchmark.group(place, ["view_id", "frames"])
                self._groups[key] = {row["view_id"]: _pictures(row) for row in rows}
                if len(self._groups) > KEPT_GROUPS:
                    self._groups.popitem(last=False)
            self._groups.move_to_end(key)
            return self._groups[key][view_id]


def _pictures(row: dict[str, Any]) -> list[bytes]:
    return [frame["bytes"] for frame in row["frames"] or ()]
