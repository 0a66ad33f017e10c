"""The pictures of views, read once for all questions of an item.

The views of an item are in one row group, and its questions are asked or viewed at about the same time.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from misground.benchmark.load import Benchmark, ViewPlace
from misground.benchmark.picture import checked_png

GROUPS_KEPT: Final = 16  # no more items are in use at the same time
BYTES_KEPT: Final = 256 << 20
"""Most bytes of pictures in memory beside those of the last item; an item has a few megabytes."""

Group = tuple[object, int]


@dataclass(frozen=True)
class _Pictures:
    """The frames of a view with their size in pixels, and which of them are known to be plain PNG files."""

    frames: tuple[bytes, ...]
    width: int
    height: int
    checked: set[int] = field(default_factory=set)


class FrameReader:
    """PNG files of views, each checked before it leaves; safe to call from several threads.

    Args:
        benchmark: the benchmark that holds the views.
        groups: number of most recently used row groups to keep in memory; each takes a few megabytes.
    """

    def __init__(self, benchmark: Benchmark, groups: int = GROUPS_KEPT) -> None:
        self.benchmark = benchmark
        self._groups = groups
        self._kept: OrderedDict[Group, dict[str, _Pictures]] = OrderedDict()
        self._lock = Lock()

    def frames(self, view_id: str) -> tuple[bytes, ...]:
        """The PNG files of a view, in display order.

        Raises:
            UsageError: the benchmark lacks the view or cannot be read, or one of them is not a plain PNG file
                of the view's size.
        """
        view = self._view(view_id)
        return tuple(_frame(view, view_id, number) for number in range(len(view.frames)))

    def frame(self, view_id: str, number: int) -> bytes | None:
        """One PNG file of a view, from 0; None if the view has fewer. Raises UsageError as `frames` does."""
        view = self._view(view_id)
        return _frame(view, view_id, number) if number < len(view.frames) else None

    def _view(self, view_id: str) -> _Pictures:
        with self._lock:
            place = self.benchmark.place(view_id)
            key = (place.path, place.row_group)
            if key not in self._kept:
                self._kept[key] = self._read(place)
                while len(self._kept) > 1 and (len(self._kept) > self._groups or self._bytes() > BYTES_KEPT):
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key][view_id]

    def _bytes(self) -> int:
        views = (view for group in self._kept.values() for view in group.values())
        return sum(len(frame) for view in views for frame in view.frames)

    def _read(self, place: ViewPlace) -> dict[str, _Pictures]:
        found: dict[str, _Pictures] = {}
        for row in self.benchmark.group(place, ["view_id", "frames", "width", "height"]):
            frames = tuple(frame["bytes"] for frame in row["frames"])
            found.setdefault(row["view_id"], _Pictures(frames, row["width"], row["height"]))
        return found


def _frame(view: _Pictures, view_id: str, number: int) -> bytes:
    content = view.frames[number]
    if number not in view.checked:
        checked_png(content, view.width, view.height, f"view {view_id} frame {number}")
        view.checked.add(number)
    return content
