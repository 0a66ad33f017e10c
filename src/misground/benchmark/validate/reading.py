"""Untrusted Parquet and JSON files, read in small parts or reported as unreadable."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

MOST_JSON_BYTES: Final = 64 << 20
_MOST_GROUP_BYTES: Final = 2 << 30
_MOST_GROUP_VALUES: Final = 5_000_000
_READ_BUFFER: Final = 1 << 20

Row = dict[str, Any]


class UnreadableError(Exception):
    """A file is missing, truncated, corrupt or of another kind; the text says which in one line."""


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON object of bounded size. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_JSON_BYTES + 1)
        if len(data) > MOST_JSON_BYTES:
            raise UnreadableError(
                f"{path.name}: larger than {MOST_JSON_BYTES >> 20} MiB, expected a small file"
            )
        value = json.loads(data)
    except OSError as error:
        raise UnreadableError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path.name}: not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise UnreadableError(f"{path.name}: contains a JSON {type(value).__name__}, expected an object")
    return value


def schema_faults(path: Path, expected: pa.Schema) -> list[str]:
    """Differences between a Parquet file's columns and a schema, except metadata. Raises UnreadableError."""
    with _opened(path) as file:
        try:
            found = file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise UnreadableError(_unreadable(path, error)) from error
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
    with _opened(path) as file:
        try:
            groups, skip = _groups_of(file, span)
            left = span[1] if span else None
            batches = file.iter_batches(batch, row_groups=groups, columns=columns, use_threads=False)
            for part in batches:
                rows = part.slice(skip) if skip < part.num_rows else part.slice(0, 0)
                skip = max(0, skip - part.num_rows)
                if left is not None:
                    rows = rows.slice(0, left)
                    left -= rows.num_rows
                yield from rows.to_pylist()
                if left == 0:
                    return
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise UnreadableError(_unreadable(path, error)) from error


def _opened(path: Path) -> pq.ParquetFile:
    """The file, with its metadata read and its claimed sizes checked; nothing else is read yet."""
    if not path.is_file():
        raise UnreadableError(f"{path.name}: {'is not a file' if path.exists() else 'is missing'}")
    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BUFFER)
        claims = [_claims(file.metadata.row_group(i)) for i in range(file.metadata.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(_unreadable(path, error)) from error
    for size, values in claims:
        # A few bytes can encode billions of equal values, so both are limited.
        if not (0 <= size <= _MOST_GROUP_BYTES and 0 <= values <= _MOST_GROUP_VALUES):
            file.close()
            raise UnreadableError(
                f"{path.name}: a row group claims {size} bytes and {values} values, expected at most "
                f"{_MOST_GROUP_BYTES} and {_MOST_GROUP_VALUES}"
            )
    return file


def _claims(group: pq.RowGroupMetaData) -> tuple[int, int]:
    """The uncompressed bytes of a row group, and the largest number of values in one of its columns."""
    values = [group.column(i).num_values for i in range(group.num_columns)]
    return group.total_byte_size, max(values, default=0)


def _groups_of(file: pq.ParquetFile, span: tuple[int, int] | None) -> tuple[list[int], int]:
    """The row groups that hold a span of rows, and the number of rows to skip in the first."""
    if span is None:
        return list(range(file.metadata.num_row_groups)), 0
    first, count = span
    groups: list[int] = []
    skip = start = 0
    for group in range(file.metadata.num_row_groups):
        stop = start + file.metadata.row_group(group).num_rows
        if stop > first and start < first + count:
            if not groups:
                skip = first - start
            groups.append(group)
        start = stop
    return groups, skip


def _unreadable(path: Path, error: Exception) -> str:
    return f"{path.name}: cannot be read as Parquet ({error})"
