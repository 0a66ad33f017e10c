"""Untrusted Parquet and JSON files, read in small parts or reported as unreadable."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from misground.errors import UsageError
from misground.records.door import json_file
from misground.records.door.parquet import TableFile
from misground.records.limits import EXPANSION, MOST_TABLE_BYTES, MOST_VIEWS

Row = dict[str, Any]


class UnreadableError(Exception):
    """A file is missing, truncated, corrupt or of another kind; the text says which in one line."""


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON object within the limits. Raises UnreadableError."""
    with _reported():
        return json_file.read_json_object(path, path.name)


def schema_faults(path: Path, expected: pa.Schema) -> list[str]:
    """Differences between a Parquet file's columns and a schema, except metadata. Raises UnreadableError."""
    with _reported(), _opened(path) as file:
        found = file.stored_schema
    wanted = {field.name: field.type for field in expected}
    faults = [
        f"{path.name}: column {field.name} is {field.type}, expected {wanted[field.name]}"
        for field in found
        if field.name in wanted and field.type != wanted[field.name]
    ]
    faults += [f"{path.name}: column {name} is missing" for name in wanted if name not in found.names]
    faults += [f"{path.name}: unexpected column {name}" for name in found.names if name not in wanted]
    if not faults and found.names != expected.names:
        faults.append(f"{path.name}: columns are in the wrong order, expected {', '.join(expected.names)}")
    return faults


def read_rows(
    path: Path, *, columns: Sequence[str] | None = None, batch: int, span: tuple[int, int] | None = None
) -> Iterator[Row]:
    """Rows of a Parquet file, `batch` of them in memory at a time.

    Args:
        path: the file.
        columns: the columns to read; None for all.
        batch: rows per batch.
        span: (first, count) of the rows to read; None for all.

    Raises:
        UnreadableError: the file cannot be read; also raised during iteration.
    """
    with _reported(), _opened(path) as file:
        names = file.stored_schema.names if columns is None else columns
        groups, skip = _groups_of(file, span)
        left = span[1] if span else None
        schema = pa.schema([file.stored_schema.field(name) for name in names])
        taken = 0
        for part in file.batches(batch, groups, schema):
            taken += part.nbytes
            file.check_expansion(taken, MOST_TABLE_BYTES, EXPANSION)
            rows = part.slice(skip) if skip < part.num_rows else part.slice(0, 0)
            skip = max(0, skip - part.num_rows)
            if left is not None:
                rows = rows.slice(0, left)
                left -= rows.num_rows
            yield from rows.to_pylist()
            if left == 0:
                return


def _opened(path: Path) -> TableFile:
    return TableFile(path, MOST_VIEWS, name=path.name)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn what the door refuses into an UnreadableError."""
    try:
        yield
    except UsageError as error:
        raise UnreadableError(str(error)) from error


def _groups_of(file: TableFile, span: tuple[int, int] | None) -> tuple[list[int], int]:
    """The row groups that hold a span of rows, and the number of rows to skip in the first."""
    if span is None:
        return list(range(len(file.group_sizes))), 0
    first, count = span
    groups: list[int] = []
    skip = start = 0
    for group, size in enumerate(file.group_sizes):
        stop = start + size
        if stop > first and start < first + count:
            if not groups:
                skip = first - start
            groups.append(group)
        start = stop
    return groups, skip
