from dataclasses import replace

import numpy as np
import pytest

from misground.benchmark.check import case_verdict
from misground.benchmark.label_set_hint import explained, other_label_set
from misground.questions import measure_case
from misground.records import CaseRef, RawCase, Volume
from misground.sources import list_cases
from misground.sources.label_sets import label_values
from misground.volumes import load_case


@pytest.fixture(scope="module")
def torso() -> RawCase:
    (ref,) = list_cases("phantom:torso?n=1").refs
    return ref.read()


def numbered(raw: RawCase, written: str, assumed: str) -> CaseRef:
    """The phantom with the values of one label set, read by those of another."""
    values = {structure.key: value for value, structure in label_values(written).structures.items()}
    table = np.zeros(256, np.uint8)
    for value, structure in raw.structures.items():
        table[value] = values.get(structure.key, 0)
    meaning = label_values(assumed)
    case = RawCase(
        scan=raw.scan,
        labels=Volume(table[raw.labels.data.astype(np.intp)], raw.labels.affine),
        structures=meaning.structures,
        ignored=meaning.ignored,
        label_set=assumed,
    )
    return CaseRef("p1", "ct", "torso", "test", lambda: case, "0")


def verdict_of(ref):
    case = load_case(ref)
    return case_verdict(case, measure_case(case))


def test_the_label_set_that_fits_is_named_instead_of_a_mirror(torso):
    ref = numbered(torso, "total_v1", "total")
    verdict = verdict_of(ref)
    assert verdict.contradicts
    said = explained(ref, verdict)
    assert said.startswith("the label values look like those of total_v1 (x ")
    assert said.endswith("not of total: say which label set it is")


def test_a_mirrored_body_is_not_called_another_label_set(torso):
    ref = numbered(torso, "total", "total")
    raw = ref.read()
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirrored = replace(
        raw,
        scan=Volume(raw.scan.data, mirror @ raw.scan.affine),
        labels=Volume(raw.labels.data, mirror @ raw.labels.affine),
    )
    ref = replace(ref, read=lambda: mirrored)
    verdict = verdict_of(ref)
    assert other_label_set(ref, verdict.body) is None
    assert explained(ref, verdict).startswith("looks mirrored left to right")


def test_values_that_are_named_are_not_looked_at(torso):
    ref = numbered(torso, "total_v1", "total")
    verdict = verdict_of(ref)
    named = replace(ref.read(), label_set=None)
    assert other_label_set(replace(ref, read=lambda: named), verdict.body) is None
