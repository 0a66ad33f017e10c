"""Rows of the questions, cases and skipped tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from misground.benchmark.files import replacing, write_table
from misground.benchmark.hub import with_features
from misground.benchmark.places import Place
from misground.questions import Item, Question, cross, probe_questions, view_id
from misground.records import Probe, Skipped
from misground.records.schemas import CASES, QUESTIONS, SKIPPED

_ROWS_AT_ONCE: Final = 10_000


def question_rows(
    items: Iterable[Item],
    names: Mapping[str, Mapping[str, str]],
    *,
    lay: bool,
    probes: Sequence[Probe] = (),
) -> Iterator[dict[str, Any]]:
    """Rows of `records.schemas.QUESTIONS` in the order of the items.

    Args:
        items: the drawn items.
        names: case id -> structure key -> English name.
        lay: also ask in everyday words.
        probes: further questions about each relation item.
    """
    for item in items:
        own = names[item.case_id]
        for question in chain(cross(item, own, lay=lay), probe_questions(item, own, probes)):
            yield _question_row(question)


def write_questions(rows: Iterable[dict[str, Any]], path: Place) -> int:
    """Write the questions in batches and return their number."""
    schema = with_features(QUESTIONS)
    written = 0
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            written += len(batch)
    return written


def write_cases(rows: Iterable[dict[str, Any]], path: Place) -> None:
    """Write the usable cases, in the order of their ids."""
    ordered = sorted(rows, key=lambda row: str(row["case_id"]))
    write_table(pa.Table.from_pylist(ordered, schema=with_features(CASES)), path)


def write_skipped(skipped: Iterable[Skipped], path: Place) -> None:
    """Write the skipped cases with their reasons, in the order of their ids."""
    rows = [
        {"case_id": s.case_id, "source": s.source, "reason": s.reason}
        for s in sorted(skipped, key=lambda s: (s.case_id, s.source, s.reason))
    ]
    write_table(pa.Table.from_pylist(rows, schema=with_features(SKIPPED)), path)


def _question_row(question: Question) -> dict[str, Any]:
    item = question.item
    evidence = {"p_a_greater": item.p_a_greater, "delta_mm": item.delta_mm}
    return {
        "question_id": question.question_id,
        "item_id": item.item_id,
        "case_id": item.case_id,
        "modality": item.modality,
        "dimension": item.dimension,
        "plane": item.plane,
        "task": question.task,
        "axis": question.axis,
        "structure_a": item.structure_a,
        "structure_b": item.structure_b,
        "coordinates": question.coordinates,
        "prompt": question.prompt,
        "terms": question.terms,
        "condition": question.condition,
        "text": question.text,
        "options": list(question.options),
        "answer": question.answer,
        "view_id": None if question.view is None else view_id(question.view),
        "evidence": evidence if item.is_relation else None,
        "stack_reversed": item.stack_reversed,
        "shared_frames": item.shared_frames,
        "name_hint": item.name_hint,
        "probe": question.probe,
    }


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
