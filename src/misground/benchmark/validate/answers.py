"""Checks that the evidence of a question satisfies the rule for certain facts and implies the answer."""

from collections.abc import Iterator
from typing import Final

from misground.anatomy import anatomical_words, lay_words
from misground.benchmark.validate.record import Context, ItemRecord
from misground.questions.hints import name_hint

LEAST_P: Final = 0.95
_EPSILON_MM: Final = 1e-6
_EPSILON_P: Final = 1e-12


def check_answers(record: ItemRecord, context: Context) -> Iterator[str]:
    """P and delta by the rule in docs/benchmark.md, with matching signs and only permitted name hints."""
    row = record.first
    if row.modality != context.case.modality:
        yield f"{record.label}: modality is {row.modality}, but its case is {context.case.modality}"
    if row.evidence is not None:
        yield from _evidence_faults(record, context, *row.evidence)
        yield from _structure_faults(record, context)
        yield from _hint_faults(record, context)
    elif row.name_hint != "none":
        yield f"{record.label}: name_hint is {row.name_hint}, expected none without structures"
    yield from _answer_faults(record, context)


def _evidence_faults(record: ItemRecord, context: Context, p: float, delta_mm: float) -> Iterator[str]:
    distance = context.thresholds.distance_mm
    if not 0 <= p <= 1:
        yield f"{record.label}: p_a_greater is {p}, expected 0 to 1"
    certain = p >= LEAST_P - _EPSILON_P if delta_mm > 0 else p <= 1 - LEAST_P + _EPSILON_P
    if not certain:
        yield (
            f"{record.label}: p_a_greater is {p:.4f} with delta {delta_mm:+.3f} mm, expected at least "
            f"{LEAST_P} if A lies further along the axis and at most {1 - LEAST_P:.2f} if B does"
        )
    if abs(delta_mm) < distance - _EPSILON_MM:
        yield f"{record.label}: centroids differ by {abs(delta_mm):.3f} mm, expected at least {distance:g} mm"


def _structure_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    for key in (record.first.structure_a, record.first.structure_b):
        if key not in context.case.structures:
            yield f"{record.label}: structure {key} is not among the structures of its case"


def _hint_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    row, names = record.first, context.asked_names(record)
    if row.axis is None or names is None:
        return
    hint = name_hint(*names, row.axis, context.case.side)
    if hint.kind != row.name_hint:
        yield f"{record.label}: name_hint is {row.name_hint}, expected {hint.kind} for {' and '.join(names)}"
    if not context.settings.allow_name_hints and not hint.asked(row.axis):
        yield f"{record.label}: the names {' and '.join(names)} give away the answer along {row.axis}"


def _answer_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    """Compare answers in the patient's frame with the sign; `on_screen` checks the colloquial ones."""
    for row in record.rows:
        if row.task == "slice_direction":
            expected: str = row.plane
        elif row.terms == "colloquial" or row.axis is None or record.sign is None:
            continue
        else:
            words = lay_words if row.terms == "lay" else anatomical_words
            expected = words(row.axis, context.case.side)[record.sign]
        if row.answer != expected:
            yield (
                f"{record.label}: question {row.question_id} has the answer {row.answer!r}, "
                f"but its evidence implies {expected!r}"
            )
