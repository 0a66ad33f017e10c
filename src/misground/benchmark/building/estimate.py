"""The size of a benchmark, estimated before any picture is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from misground.benchmark.settings import BuildSettings
from misground.questions import Item, item_views, probe_views
from misground.records import ViewSpec

# Approximate stored bytes of a picture: unmarked, marked, blank. From a mini build of the real test scans, in
# which equal frames within an item are stored once; other scans differ by a factor of up to two.
_BYTES: Final = {"2d": (115_000, 160_000, 1_600), "3d": (27_000, 37_000, 450)}


@dataclass(frozen=True)
class Estimate:
    """The estimated size of a build on disk; `bytes` is approximate."""

    questions: int
    views: int
    frames: int
    bytes: int


def estimate(items: Iterable[Item], settings: BuildSettings) -> Estimate:
    """Estimate the size of a build; the number of questions is exact, the number of bytes approximate.

    Args:
        items: the drawn items.
        settings: what is asked about each.
    """
    questions = views = frames = size = 0
    drawn: set[ViewSpec] = set()
    for item in items:
        questions += settings.questions_of(item)
        plain, marked, blank = _BYTES[item.dimension]
        for spec in item_views(item) + probe_views(item, settings.probes):
            if spec in drawn:
                continue
            drawn.add(spec)
            views += 1
            frames += len(spec.slices)
            each = blank if spec.blank else plain if spec.prompt == "none" else marked
            size += len(spec.slices) * each
    return Estimate(questions=questions, views=views, frames=frames, bytes=size)
