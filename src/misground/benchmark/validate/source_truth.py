"""Every recorded fact against the label map, by the rule for certain facts in docs/benchmark.md."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy import ndimage

from misground.anatomy import Axis, axis_index, in_plane_axes, slice_axis_index
from misground.benchmark.validate.label_map import Along, LabelMap, box_centre
from misground.benchmark.validate.record import ItemRecord
from misground.questions import THRESHOLDS
from misground.questions.ranges import range_ends
from misground.questions.stacks import stack_slices
from misground.questions.truth import Thresholds

_CLOSE: Final = 1e-9
_EIGHT_NEIGHBOURS: Final = np.ones((3, 3), dtype=np.int8)


def check_truth(record: ItemRecord, labels: LabelMap) -> Iterator[str]:
    """Whether the relation holds where it is asked, with the recorded sign and evidence."""
    asked = _asked(record)
    if asked is None:
        return
    keys, axis = asked
    rules = THRESHOLDS[labels.case.facts.region]
    whole = labels.along(keys, axis)
    yield from _relation_faults(record, whole, labels.true_gap_mm(keys, axis), rules, "the volume")
    yield from _cut_faults(record, labels, keys, axis)
    if record.first.dimension == "3d":
        yield from _evidence_faults(record, whole)
        yield from _stack_faults(record, labels, keys, axis, rules)
    elif record.slices is not None:
        yield from _slice_faults(record, labels, keys, axis, rules)


def check_stack(record: ItemRecord, labels: LabelMap) -> Iterator[str]:
    """Whether a stack covers its structures and the margin, and is widened only if it is cross_slice."""
    asked, row = _asked(record), record.first
    if asked is None or record.slices is None or row.dimension == "2d":
        return
    across = slice_axis_index(row.plane)
    names: tuple[Axis, ...] = ("x", "y", "z")
    first, last = labels.extent(asked[0], names[across])
    rules, slices = THRESHOLDS[labels.case.facts.region], labels.case.facts.shape[across]
    close = stack_slices(first, last, labels.case.facts.spacing_mm[across], rules.margin_mm, slices)
    found = record.slices[::-1] if row.stack_reversed else record.slices
    if found == close:
        return
    if row.task != "cross_slice":
        yield (
            f"{record.label}: found {len(found)} slices from {min(found)} to {max(found)}, expected "
            f"{len(close)} from {close[0]} to {close[-1]} around the two structures"
        )
        return
    firsts, lasts = range_ends(close[0], close[-1], slices)
    if found[0] not in firsts or found[-1] not in lasts:
        yield (
            f"{record.label}: found slices from {found[0]} to {found[-1]}, expected a first one of "
            f"{_listed(firsts)} and a last one of {_listed(lasts)}"
        )
    elif found != (expected := stack_slices(found[0], found[-1], 1.0, 0.0, slices)):
        yield f"{record.label}: found {len(found)} slices, expected {len(expected)}, evenly spaced"
    for key in asked[0]:
        voxels = sum(int(labels.section(key, row.plane, index).sum()) for index in found)
        if voxels < rules.voxels:
            yield f"{record.label}: its stack shows {voxels} voxels of {key}, expected {rules.voxels} or more"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _asked(record: ItemRecord) -> tuple[tuple[str, str], Axis] | None:
    row = record.first
    if row.structure_a is None or row.structure_b is None or row.axis is None:
        return None
    return (row.structure_a, row.structure_b), row.axis


def _relation_faults(
    record: ItemRecord, found: Along, true_gap_mm: float, rules: Thresholds, where: str
) -> Iterator[str]:
    if found.sign(rules.distance_mm) != record.sign:
        yield (
            f"{record.label}: the recorded sign is {record.sign:+d}, but {where} has P(a > b) "
            f"{found.p_a_greater:.4f} and {found.delta_mm:+.3f} mm"
        )
    if np.sign(true_gap_mm) != np.sign(found.delta_mm):
        yield (
            f"{record.label}: {where} has the opposite sign along the true patient axis "
            f"({true_gap_mm:+.3f} mm)"
        )


def _cut_faults(record: ItemRecord, labels: LabelMap, keys: tuple[str, str], axis: Axis) -> Iterator[str]:
    """Neither structure may be cut by the end of the scan on the side that faces the other."""
    higher, lower = keys if (record.sign or 0) > 0 else keys[::-1]
    for key, end in ((higher, 0), (lower, -1)):
        if labels.counts(key, axis)[end]:
            other = lower if key == higher else higher
            yield f"{record.label}: {key} is cut by the end of the scan along {axis} that faces {other}"


def _evidence_faults(record: ItemRecord, found: Along) -> Iterator[str]:
    assert record.first.evidence is not None  # a relation without evidence has already been left out
    p, delta_mm = record.first.evidence
    if abs(p - found.p_a_greater) > _CLOSE:
        yield f"{record.label}: p_a_greater is {p}, but {found.p_a_greater} in the label map"
    if abs(delta_mm - found.delta_mm) > _CLOSE * max(1.0, abs(found.delta_mm)):
        yield f"{record.label}: delta_mm is {delta_mm}, but {found.delta_mm} in the label map"


def _stack_faults(
    record: ItemRecord, labels: LabelMap, keys: tuple[str, str], axis: Axis, rules: Thresholds
) -> Iterator[str]:
    row, shared = record.first, 0
    shown = dict.fromkeys(keys, 0)
    for index in record.slices or ():
        sections = [labels.section(key, row.plane, index) for key in keys]
        present = [bool(section.any()) for section in sections]
        for key, there in zip(keys, present, strict=True):
            shown[key] += there
        if not all(present):
            continue
        shared += 1
        if row.task == "in_plane":
            along = in_plane_axes(row.plane).index(axis)
            gap = box_centre(sections[0], along) - box_centre(sections[1], along)
            if gap * (record.sign or 0) < 0:
                yield f"{record.label}: in slice {index}, the box centres are in the opposite order"
    for key in keys:
        if (count := labels.voxels(key)) < rules.voxels:
            yield f"{record.label}: {key} has {count} voxels, expected at least {rules.voxels}"
        if record.slices is not None and shown[key] < rules.frames:
            yield f"{record.label}: {key} is visible in {shown[key]} frames, expected at least {rules.frames}"
    if record.slices is not None and shared != row.shared_frames:
        yield f"{record.label}: shared_frames is {row.shared_frames}, but {shared} in the label map"


def _slice_faults(
    record: ItemRecord, labels: LabelMap, keys: tuple[str, str], axis: Axis, rules: Thresholds
) -> Iterator[str]:
    plane, index = record.first.plane, (record.slices or (0,))[0]
    first, second = (labels.case.facts.spacing_mm[axis_index(a)] for a in in_plane_axes(plane))
    empty = False
    for key in keys:
        section = labels.section(key, plane, index)
        pixels = int(section.sum())
        parts = ndimage.label(section, structure=_EIGHT_NEIGHBOURS)[1]
        empty |= not pixels
        if parts != 1:
            yield f"{record.label}: {key} has {parts} parts in {plane} slice {index}, expected one"
        if pixels < rules.pixels or pixels * first * second < rules.area_mm2 - 1e-6:
            yield (
                f"{record.label}: {key} fills {pixels} pixels ({pixels * first * second:.1f} mm2) of {plane} "
                f"slice {index}, expected at least {rules.pixels} and {rules.area_mm2:g} mm2"
            )
    if not empty:
        found = labels.along_in_slice(keys, axis, plane, index)
        gap_mm = labels.true_gap_in_slice_mm(keys, axis, plane, index)
        yield from _relation_faults(record, found, gap_mm, rules, f"{plane} slice {index}")
        yield from _evidence_faults(record, found)
