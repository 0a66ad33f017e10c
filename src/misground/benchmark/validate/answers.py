"""The evidence of a question is within the rule for certain facts, and tells the answer."""

from collections.abc import Iterator
from typing import Final

from misground.anatomy import anatomical_words, lay_words
from misground.benchmark.validate.record import Context, ItemRecord
from misground.questions.hints import name_hint

LEAST_P: Final = 0.95
_EPSILON_MM: Final = 1e-6
_EPSILON_P: Final = 1e-12


def check_answers(record: ItemRecord, context: Context) -> Iterator[str]:
    """P and delta by DESIGN.md section 2, signs that agree with them, name hints only as allowed."""
    row = record.first
    if row.modality != context.case.modality:
        yield f"{record.label}: modality {row.modality}, but its case is {context.case.modality}"
    if row.evidence is not None:
        yield from _evidence_faults(record, context, *row.evidence)
        yield from _structure_faults(record, context)
        yield from _hint_faults(record, context)
    elif row.name_hint != "none":
        yield f"{record.label}: name_hint {row.name_hint}, but no structure is asked"
    yield from _answer_faults(record, context)


def _evidence_faults(record: ItemRecord, context: Context, p: float, delta_mm: float) -> Iterator[str]:
    distance = context.thresholds.distance_mm
    if not 0 <= p <= 1:
        yield f"{record.label}: p_a_greater is {p}, expected 0 to 1"
    certain = p >= LEAST_P - _EPSILON_P if delta_mm > 0 else p <= 1 - LEAST_P + _EPSILON_P
    if not certain:
        yield (
            f"{record.label}: p_a_greater {p:.4f} with delta {delta_mm:+.3f} mm, expected at least {LEAST_P} "
            f"where A lies further along the axis and at most {1 - LEAST_P:.2f} where B does"
        )
    if abs(delta_mm) < distance - _EPSILON_MM:
        yield f"{record.label}: centroids differ by {abs(delta_mm):.3f} mm, expected at least {distance:g}"


def _structure_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    for key in (record.first.structure_a, record.first.structure_b):
        if key not in context.case.structures:
            yield f"{record.label}: structure {key} is not among those of its case"


def _hint_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    row, names = record.first, context.asked_names(record)
    if row.axis is None or names is None:
        return
    hint = name_hint(*names, row.axis, context.case.side)
    if hint.kind != row.name_hint:
        yield f"{record.label}: name_hint {row.name_hint}, expected {hint.kind} for {' and '.join(names)}"
    if not context.settings.allow_name_hints and not hint.asked(row.axis):
        yield f"{record.label}: {' and '.join(names)} are asked on {row.axis}, which their names give away"


def _answer_faults(record: ItemRecord, context: Context) -> Iterator[str]:
    """The answers in the patient's frame against the sign; those on the screen are another check's."""
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
                f"{record.label}: question {row.question_id} is answered {row.answer!r}, "
                f"its evidence says {expected!r}"
            )
