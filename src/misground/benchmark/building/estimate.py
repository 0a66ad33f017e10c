"""How large a benchmark will be, before any picture is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from misground.questions import Item, item_views
from misground.records import ViewSpec

# Stored bytes of a picture, about: unmarked, marked, blank. A mini build of the real test scans, where frames
# that are equal within an item are stored once; other scans differ by a factor of two.
_BYTES: Final = {"2d": (115_000, 160_000, 1_600), "3d": (27_000, 37_000, 450)}


@dataclass(frozen=True)
class Estimate:
    """What a draw will become on disk."""

    questions: int
    views: int
    frames: int
    bytes: int


def estimate(items: Iterable[Item], relation_cost: int) -> Estimate:
    """Questions exactly, bytes roughly."""
    questions = views = frames = size = 0
    drawn: set[ViewSpec] = set()
    for item in items:
        questions += relation_cost if item.is_relation else 2
        plain, marked, blank = _BYTES[item.dimension]
        for spec in item_views(item):
            if spec in drawn:
                continue
            drawn.add(spec)
            views += 1
            frames += len(spec.slices)
            each = blank if spec.blank else plain if spec.prompt == "none" else marked
            size += len(spec.slices) * each
    return Estimate(questions=questions, views=views, frames=frames, bytes=size)
