"""The tables as a whole: their columns, and which rows belong to which case."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from misground.benchmark.validate.reading import Row, UnreadableError, read_rows, schema_faults
from misground.benchmark.validate.report import Findings
from misground.benchmark.validate.rows import case_faults
from misground.records import CaseFacts
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS

_SMALL_BATCH = 4_096
_IDS_BATCH = 65_536


@dataclass(frozen=True)
class Span:
    """Contiguous rows of one case in a file of questions."""

    path: Path
    first: int
    count: int


@dataclass
class Tables:
    """Where the rows of each case are.

    Attributes:
        cases: case id -> its facts.
        skipped: number of skipped cases.
        spans: case id -> its questions.
        views: case id -> the file with its views.
    """

    cases: dict[str, CaseFacts]
    skipped: int
    spans: dict[str, Span]
    views: dict[str, Path]


def survey(root: Path, findings: Findings) -> Tables:
    """Check the columns of every table and find each case's rows; unreadable files are problems."""
    cases = _read_cases(root / "cases.parquet", findings)
    skipped = _read_skipped(root / "skipped.parquet", cases, findings)
    spans: dict[str, Span] = {}
    for path in _usable(sorted((root / "questions").glob("*.parquet")), QUESTIONS, findings, "questions"):
        for case_id, span in _spans(path, findings):
            if spans.setdefault(case_id, span) is not span:
                findings.add("schema", [f"{path.name}: questions of case {case_id} are not contiguous"])
    if not spans:
        findings.add("schema", ["questions: found none, expected at least one"])
    views: dict[str, Path] = {}
    for path in _usable(sorted((root / "views").glob("*.parquet")), VIEWS, findings, "views"):
        for case_id, _ in _spans(path, findings):
            if views.setdefault(case_id, path) != path:
                findings.add(
                    "schema", [f"{path.name}: views of case {case_id} are also in {views[case_id].name}"]
                )
    return Tables(cases, skipped, spans, views)


def _usable(paths: list[Path], schema: pa.Schema, findings: Findings, what: str) -> Iterator[Path]:
    """The files with the right columns."""
    if not paths:
        findings.add("schema", [f"{what}: no Parquet file, expected at least one"])
    for path in paths:
        try:
            faults = schema_faults(path, schema)
        except UnreadableError as error:
            faults = [str(error)]
        findings.add("schema", faults)
        if not faults:
            yield path


def _read_cases(path: Path, findings: Findings) -> dict[str, CaseFacts]:
    cases: dict[str, CaseFacts] = {}
    for row in _rows(path, CASES, findings):
        faults = case_faults(row)
        findings.add("schema", (f"{path.name}: case {row['case_id']}: {fault}" for fault in faults), 1)
        if row["case_id"] in cases:
            findings.add("ids", [f"{path.name}: case {row['case_id']} occurs twice"])
        if not faults:
            cases[row["case_id"]] = CaseFacts.from_row(row)
    return cases


def _read_skipped(path: Path, cases: dict[str, CaseFacts], findings: Findings) -> int:
    count = 0
    for row in _rows(path, SKIPPED, findings):
        count += 1
        empty = [name for name, value in row.items() if not value]
        findings.add("schema", (f"{path.name}: row {count}: {name} is null or empty" for name in empty), 1)
        if row["case_id"] in cases and cases[row["case_id"]].source == row["source"]:
            findings.add("ids", [f"{path.name}: case {row['case_id']} is also in cases.parquet"])
    return count


def _rows(path: Path, schema: pa.Schema, findings: Findings) -> Iterator[Row]:
    for usable in _usable([path], schema, findings, path.name):
        try:
            yield from read_rows(usable, batch=_SMALL_BATCH)
        except UnreadableError as error:
            findings.add("schema", [str(error)])


def _spans(path: Path, findings: Findings) -> Iterator[tuple[str, Span]]:
    """The contiguous rows of each case, found by reading only the case ids."""
    try:
        current: str | None = None
        first, place = 0, -1
        for place, row in enumerate(read_rows(path, columns=["case_id"], batch=_IDS_BATCH)):
            case_id = row["case_id"] or ""
            if case_id != current:
                if current is not None:
                    yield current, Span(path, first, place - first)
                current, first = case_id, place
        if current is not None:
            yield current, Span(path, first, place + 1 - first)
    except UnreadableError as error:
        findings.add("schema", [str(error)])
