"""How large the smaller of two asked structures is in the picture: recorded with each reply.

The size is the area of the box around the structure, in square millimetres, where it is largest in the stack.
A view records the boxes of both structures under every prompt; one view of each item is read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from misground.benchmark.load import Benchmark
from misground.evaluation.selection import Row

SMALLER: Final = "smaller_mm2"
"""The column of results; null where no two structures are shown."""


def with_sizes(benchmark: Benchmark, questions: Sequence[Row]) -> list[Row]:
    """The questions, each with the size of its smaller structure in mm2 under `SMALLER`.

    Args:
        benchmark: The benchmark.
        questions: Rows of `records.schemas.QUESTIONS`.
    """
    shown = {row["item_id"]: row["view_id"] for row in questions if row["view_id"] and row["structure_b"]}
    views = benchmark.views(shown.values(), ["view_id", "mm_per_pixel", "marks"])
    sizes = {view["view_id"]: smaller(view) for view in views}
    return [{**row, SMALLER: sizes.get(shown.get(row["item_id"], ""))} for row in questions]


def smaller(view: Mapping[str, Any]) -> float | None:
    """The size of the smaller of the two structures of a view in mm2; None if it does not show two."""
    largest: dict[str, int] = {}
    for mark in view["marks"] or ():
        if len(mark["box"] or ()) == 4:  # not validated yet
            x0, y0, x1, y1 = mark["box"]
            largest[mark["label"]] = max(largest.get(mark["label"], 0), (x1 - x0) * (y1 - y0))
    if len(largest) != 2 or view["mm_per_pixel"] is None:
        return None
    return float(min(largest.values()) * view["mm_per_pixel"] ** 2)
