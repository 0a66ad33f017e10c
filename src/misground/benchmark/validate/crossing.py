"""Checks that every item is crossed with all factors, and that only the factors differ within it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredQuestion
from misground.records import TERMS

Combination = tuple[str, str, str, str]

FACTS: Final = (
    "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a", "structure_b", "evidence",
    "stack_reversed", "shared_frames", "name_hint",
)  # fmt: skip


def check_crossing(record: ItemRecord, context: Context) -> Iterator[str]:
    """Each combination of factors (docs/benchmark.md) once and in order; equal facts in all rows."""
    found: list[Combination] = [(r.condition, r.coordinates, r.prompt, r.terms) for r in record.rows]
    expected = combinations(relation=record.first.is_relation, lay=context.settings.lay)
    if found != expected:
        missing, extra = (_words(a, b) for a, b in ((expected, found), (found, expected)))
        what = "; ".join(
            f"{kind}: {words}" for kind, words in (("missing", missing), ("extra", extra)) if words
        )
        yield (
            f"{record.label}: {len(found)} questions, expected {len(expected)} combinations of the factors "
            f"({what or 'their order differs'})"
        )
    for column in FACTS:
        values = {getattr(row, column) for row in record.rows}
        if len(values) > 1:
            yield f"{record.label}: its questions disagree on {column}: {_first(record.rows, column)}"


def combinations(*, relation: bool, lay: bool) -> list[Combination]:
    """(condition, coordinates, prompt, terms) of an item: 24 for a relation (33 with lay), else 2."""
    both = ("storage", "viewing")
    if not relation:
        return [("image", coordinates, "none", "anatomical") for coordinates in both]
    terms: tuple[str, ...] = TERMS if lay else TERMS[:-1]
    image = [("image", c, p, t) for c in both for p in ("none", "mask", "box", "point") for t in terms]
    text_only = [("text_only", "viewing", "none", t) for t in terms]
    return image + text_only + [("blank", c, p, "colloquial") for c in both for p in ("mask", "box", "point")]


def _words(some: list[Combination], others: list[Combination]) -> str:
    left = Counter(some) - Counter(others)
    words = ["/".join(combination) for combination in left.elements()]
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _first(rows: tuple[StoredQuestion, ...], column: str) -> str:
    other = next(row for row in rows if getattr(row, column) != getattr(rows[0], column))
    return (
        f"{getattr(rows[0], column)!r} in {rows[0].question_id}, "
        f"{getattr(other, column)!r} in {other.question_id}"
    )
