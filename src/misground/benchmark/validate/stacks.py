"""Checks of the slices that a view shows, and of their order."""

import math
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
    faults = list(_stack_faults(record, slices, count))
    yield from faults
    if not faults and row.is_relation:
        yield from _reach_faults(record, slices, count, context)


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


def _reach_faults(record: ItemRecord, slices: tuple[int, ...], count: int, context: Context) -> Iterator[str]:
    """The stack reaches the margin past the frames with marks; only a cross_slice stack reaches further."""
    frames = {mark.frame for mark in record.views[0].marks if 0 <= mark.frame < len(slices)}
    if not frames:
        return
    margin = math.floor(
        context.thresholds.margin_mm / context.case.spacing_mm[slice_axis_index(record.first.plane)]
    )
    ascending = sorted(slices)
    places = sorted(ascending.index(slices[frame]) for frame in frames)
    lo, hi = max(0, ascending[places[0]] - margin), min(count - 1, ascending[places[-1]] + margin)
    if ascending[0] > lo or ascending[-1] < hi:
        yield (
            f"{record.label}: slices {ascending[0]} to {ascending[-1]}, but its structures and the margin of "
            f"{context.thresholds.margin_mm:g} mm reach from {lo} to {hi}"
        )
    if record.first.task == "cross_slice":
        return
    # The structures begin after the frame before the first with a mark, and end likewise.
    before = ascending[places[0] - 1] + 1 if places[0] else ascending[0]
    behind = ascending[places[-1] + 1] - 1 if places[-1] + 1 < len(ascending) else ascending[-1]
    if ascending[0] < max(0, before - margin) or ascending[-1] > min(count - 1, behind + margin):
        yield (
            f"{record.label}: slices {ascending[0]} to {ascending[-1]}, expected at most a margin of "
            f"{context.thresholds.margin_mm:g} mm around its structures in slices {before} to {behind}"
        )
