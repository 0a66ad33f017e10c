"""Does another label set explain a case that contradicts anatomy? Versions number structures differently."""

from dataclasses import replace
from typing import Final

import numpy as np

from misground.anatomy import Structure
from misground.benchmark.check.verdict import CaseVerdict
from misground.errors import CaseError
from misground.questions import measure_case
from misground.records import CaseRef
from misground.sources.label_sets import known_sets, label_values
from misground.volumes import load_case
from misground.volumes.self_check import MIN_VOXELS, Verdict, check_body, format_verdict

_FEWEST_HELD: Final = 12
"""Relations that must hold under another set: a few structures in a row fit many sets by chance."""


def other_label_set(ref: CaseRef, failed: Verdict) -> str | None:
    """The label sets under which a contradicting case agrees with anatomy, in words; None if there is none.

    Only a case whose values were taken for the numbers of a label set is looked at. A set counts if it has
    all values that occur, contradicts nothing, and is tested along every axis along which the case was.

    Args:
        ref: the case, which is read again.
        failed: its verdict, which contradicts.
    """
    raw = ref.read()
    if raw.label_set is None:
        return None
    assumed = label_values(raw.label_set)
    by_value = {
        v: Structure(str(v), str(v), assumed.region) for v in assumed.structures.keys() | assumed.ignored
    }
    try:
        case = load_case(replace(ref, read=lambda: replace(raw, structures=by_value, ignored=frozenset())))
    except CaseError:
        return None
    measured = measure_case(case)
    values = [int(structure.key) for structure in case.structures]
    voxels, centroids = measured.voxels(), measured.centroids_mm()
    found: dict[tuple[int, str], list[str]] = {}
    for name in known_sets():
        meaning = label_values(name)
        if name == raw.label_set or meaning.region != assumed.region:
            continue
        if not set(values) <= meaning.structures.keys() | meaning.ignored:
            continue
        places: dict[str, tuple[float, float, float]] = {}
        for key in {meaning.structures[value].key for value in values if value in meaning.structures}:
            own = [
                i
                for i, v in enumerate(values)
                if v in meaning.structures and meaning.structures[v].key == key
            ]
            if voxels[own].sum() >= MIN_VOXELS:
                x, y, z = np.average(centroids[own], axis=0, weights=voxels[own])
                places[key] = (float(x), float(y), float(z))
        verdict = check_body(places, assumed.region, raw.side)
        held = sum(len(axis.held) for axis in verdict.axes.values())
        if verdict.contradicts or held < _FEWEST_HELD or set(failed.tested_axes) - set(verdict.tested_axes):
            continue
        found.setdefault((held, format_verdict(verdict).partition(": ")[2]), []).append(name)
    if not found:
        return None
    (_, counts), names = max(found.items())
    return (
        f"the label values look like those of {' or '.join(names)} ({counts}), not of {raw.label_set}: "
        "say which label set it is"
    )


def explained(ref: CaseRef, verdict: CaseVerdict) -> str:
    """Why a case contradicts anatomy: another label set if one fits, else the verdict's own reason."""
    other = other_label_set(ref, verdict.body) if verdict.labels_contradict else None
    return other or verdict.reason
