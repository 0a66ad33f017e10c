"""Checks of the slices that a view shows, and of their order."""

from collections.abc import Iterator
from itertools import pairwise

from misground.anatomy import slice_axis_index
from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import MOST_FRAMES
from misground.questions.stacks import stack_slices, whole_stack


def check_stacks(record: ItemRecord, context: Context) -> Iterator[str]:
    """One slice in 2D; in 3D at most 32 existing slices, evenly spaced, in the order of stack_reversed."""
    if record.slices is None:
        return
    slices, row = record.slices, record.first
    for view in record.views:
        if view.slices != slices:
            yield f"{record.label}: views {view.view_id} and {record.views[0].view_id} show different slices"
    count = context.case.shape[slice_axis_index(row.plane)]
    if min(slices) < 0 or max(slices) >= count:
        yield f"{record.label}: slices {min(slices)} to {max(slices)}, but the case has only {count}"
        return
    if row.dimension == "2d":
        if len(slices) != 1:
            yield f"{record.label}: found {len(slices)} slices in 2d, expected one"
        return
    yield from _stack_faults(record, slices, count)


def _stack_faults(record: ItemRecord, slices: tuple[int, ...], count: int) -> Iterator[str]:
    row = record.first
    ascending = slices[::-1] if row.stack_reversed else slices
    if any(later <= earlier for earlier, later in pairwise(ascending)):
        direction = "descend" if row.stack_reversed else "ascend"
        yield f"{record.label}: its slices do not {direction}, but stack_reversed is {row.stack_reversed}"
        return
    if not row.is_relation:
        expected = whole_stack(count)
    else:
        expected = stack_slices(ascending[0], ascending[-1], 1.0, 0.0, count)
    if ascending != expected:
        yield (
            f"{record.label}: found {len(slices)} slices from {ascending[0]} to {ascending[-1]}, expected "
            f"{len(expected)} (at most {MOST_FRAMES}), evenly spaced from {expected[0]} to {expected[-1]}"
        )
