"""Parquet files of unknown origin: what they take in memory is known before anything is decoded.

A few bytes of Parquet can stand for gigabytes: a compressed page, a long text in a dictionary that every row
repeats, a run of equal rows. So the footer, then the headers of the pages are compared with the limits; texts
are decoded as dictionaries, or the longest one counts for all; and only if all rows fit are they written out.
"""

import os
import stat
import weakref
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from misground.errors import UsageError
from misground.records.door.cells import check_length, longest_allowed, over, text_bytes
from misground.records.door.pages import BadPageError, Chunk, Cost, cost, longest_text, read_at
from misground.records.door.types import plain
from misground.records.limits import (
    MOST_COLUMNS,
    MOST_FILE_PAGES,
    MOST_FOOTER_BYTES,
    MOST_FOOTER_PARTS,
    MOST_GROUP_BYTES,
    MOST_GROUP_VALUES,
    MOST_PAGE_BYTES,
)

_MAGIC: Final = b"PAR1"
_TAIL: Final = 8
_READ_BUFFER: Final = 1 << 20
_WIDTH: Final = 8
"""Bytes of a value in memory beside its text, at most."""


class TableFile:
    """An open Parquet file, closed by `close` or at the end of a `with` block.

    Attributes:
        path: the file.
        name: what messages call it.
        size: its size in bytes.
        stored_schema: its columns, with the types that it says they have.

    Args:
        path: the file.
        most_rows: most rows of the file.
        name: what messages call it; its path by default.
        kind: what it should be, for messages.
        advice: what to do if it is damaged, for messages.

    Raises:
        UsageError: the file cannot be read as Parquet, or claims to exceed a limit.
    """

    def __init__(
        self, path: Path, most_rows: int, *, name: str | None = None, kind: str = "Parquet", advice: str = ""
    ) -> None:
        self.path = path
        self.name = str(path) if name is None else name
        self._kind, self._advice = kind, advice
        self._pages_left = MOST_FILE_PAGES
        self._costs: dict[tuple[int, int], int] = {}
        self._raw = self._opened()
        weakref.finalize(self, self._raw.close)
        try:
            self.size = self._check_footer()
            self._file = self._parsed()
            self._check_claims(most_rows)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_file"):
            self._file.close()
        self._raw.close()

    @property
    def schema(self) -> pa.Schema:
        """The columns of the file, with plain types."""
        return pa.schema([(field.name, plain(field.type)) for field in self.stored_schema])

    @cached_property
    def group_sizes(self) -> list[int]:
        """The number of rows in each row group."""
        about = self._file.metadata
        return [about.row_group(group).num_rows for group in range(about.num_row_groups)]

    def first_row(self, group: int) -> int:
        """The number of the first row of a row group in the file."""
        return sum(self.group_sizes[:group])

    def check_columns(self, schema: pa.Schema) -> None:
        """Check that the file has each column of a schema once, with its type; further columns are ignored.

        Raises:
            UsageError: a column is missing or has another type.
        """
        found = self.schema
        for wanted in schema:
            at = found.get_field_index(wanted.name)
            if at < 0 or not found.field(at).type.equals(plain(wanted.type)):
                kind = "no such column" if at < 0 else str(found.field(at).type)
                raise UsageError(f"{self.name}: column {wanted.name}: found {kind}, expected {wanted.type}")

    def read(self, schema: pa.Schema, floor: int, expansion: int) -> pa.Table:
        """All rows of the columns of a schema, with its types.

        Args:
            schema: the columns to read.
            floor: bytes that the table may take in memory whatever the size of its file.
            expansion: how many times larger than its file it may be beyond that.

        Raises:
            UsageError: the file cannot be read, or exceeds a limit.
        """
        tables: list[pa.Table] = []
        taken = 0
        for group in range(self._file.num_row_groups):
            self._check_group(group, schema)
            encoded = self._encoded(group, schema)
            # Before the texts are written out, which may take a thousand times more.
            self.check_expansion(taken + text_bytes(encoded, self.name), floor, expansion)
            tables.append(self._written_out(encoded, schema))
            taken += tables[-1].nbytes
            self.check_expansion(taken, floor, expansion)
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def check_expansion(self, taken: int, floor: int, expansion: int) -> None:
        """Compare the bytes of rows in memory with the size of the file. Raises UsageError as `read` does."""
        most = max(floor, expansion * self.size)
        if taken > most:
            raise UsageError(
                f"{self.name}: over {most >> 20} MiB in memory from {self.size >> 10} KiB on disk, "
                "expected a table of distinct rows"
            )

    def groups(self, schema: pa.Schema) -> Iterator[pa.Table]:
        """The row groups in their order, with the columns and types of a schema. Raises UsageError."""
        for group in range(self._file.num_row_groups):
            yield self.group(group, schema)

    def group(self, group: int, schema: pa.Schema, rows: Sequence[int] | None = None) -> pa.Table:
        """The rows of a row group, with the columns and types of a schema; `rows`: only these of them.

        Raises:
            UsageError: the file cannot be read, or exceeds a limit.
        """
        self._check_group(group, schema)
        table = self._encoded(group, schema)
        return self._plain(table if rows is None else table.take(rows), schema)

    def batches(self, size: int, groups: Sequence[int] | None, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows, `size` of them in memory at a time, with the columns and types of a schema.

        Raises:
            UsageError: the file cannot be read, or exceeds a limit.
        """
        chosen = range(self._file.num_row_groups) if groups is None else groups
        for group in chosen:
            self._check_group(group, schema)
        try:
            found = self._file.iter_batches(
                size, row_groups=list(chosen), columns=schema.names, use_threads=False
            )
            for batch in found:
                table = pa.Table.from_batches([batch]).select(schema.names)
                table.validate(full=True)
                yield self._plain(table, schema)
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise self.unreadable(error) from error

    def _encoded(self, group: int, schema: pa.Schema) -> pa.Table:
        """The rows of a row group with texts as dictionaries. Raises UsageError if they cannot be decoded."""
        try:
            table = self._file.read_row_group(group, columns=schema.names)
            if table.num_rows != self._file.metadata.row_group(group).num_rows:
                raise self.unreadable("a row group lacks rows")
            table = table.select(schema.names)
            table.validate(full=True)  # offsets, indices, and that texts are UTF-8
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise self.unreadable(error) from error
        return table

    def unreadable(self, error: object) -> UsageError:
        """The error of a file that is damaged, in one line."""
        words = " ".join(str(error).split())[:160]
        return UsageError(f"{self.name} cannot be read as {self._kind} ({words}){self._advice}")

    def _opened(self) -> RawIOBase:
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):  # a pipe would wait for its other end
                raise UsageError(f"{self.name}: is not a file")
            return self.path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise UsageError(f"{self.name} is missing") from error
        except OSError as error:
            raise self.unreadable(error.strerror or error) from error

    def _check_footer(self) -> int:
        """The size of the file, whose footer can be parsed within the limits."""
        size = os.fstat(self._raw.fileno()).st_size
        tail = read_at(self._raw, max(0, size - _TAIL), _TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - _TAIL:
            raise self.unreadable("it has no Parquet footer")
        if length > MOST_FOOTER_BYTES:
            raise UsageError(
                f"{self.name}: a footer of {length >> 20} MiB, expected at most {MOST_FOOTER_BYTES >> 20} MiB"
            )
        # Every structure ends with a zero.
        parts = read_at(self._raw, size - _TAIL - length, length).count(0)
        if parts > MOST_FOOTER_PARTS:
            raise UsageError(
                f"{self.name}: a footer of up to {parts:,} parts, expected at most {MOST_FOOTER_PARTS:,}"
            )
        return size

    def _parsed(self) -> pq.ParquetFile:
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as first:
                columns = [first.schema.column(at) for at in range(min(len(first.schema), MOST_COLUMNS))]
                if len(first.schema) > MOST_COLUMNS:
                    raise over(self.name, f"{len(first.schema):,} columns", f"{MOST_COLUMNS}")
                texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
                about, self.stored_schema = first.metadata, first.schema_arrow
            file = pq.ParquetFile(
                self.path,
                metadata=about,
                read_dictionary=[path for path in texts if "." not in path],
                pre_buffer=False,
                buffer_size=_READ_BUFFER,
            )
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise self.unreadable(error) from error
        return file

    def _check_claims(self, most_rows: int) -> None:
        about = self._file.metadata
        try:
            sizes = self.group_sizes
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
            raise self.unreadable(error) from error
        if min(sizes, default=0) < 0 or sum(sizes) != about.num_rows or about.num_rows > most_rows:
            raise over(self.name, f"claims {about.num_rows:,} rows", f"{most_rows:,}")

    def _check_group(self, group: int, schema: pa.Schema) -> None:
        """Compare what it takes to decode some columns of a row group with the limits."""
        try:
            self._check_columns_of(self._file.metadata.row_group(group), group, schema)
        except (OSError, ValueError, OverflowError, pa.ArrowException) as error:  # names are bytes
            raise self.unreadable(error) from error

    def _check_columns_of(self, about: Any, group: int, schema: pa.Schema) -> None:
        wanted = tuple(schema.names)
        size = 0
        for at in range(about.num_columns):
            column = about.column(at)
            if column.path_in_schema.partition(".")[0] not in wanted:
                continue
            values = column.num_values
            if not 0 <= values <= MOST_GROUP_VALUES:
                raise self._too_large("a row group claims", column.total_uncompressed_size, values)
            if (group, at) not in self._costs:
                self._costs[group, at] = self._column_cost(column)
            size += self._costs[group, at]
            if size > MOST_GROUP_BYTES:
                raise self._too_large("a row group has", size, values)

    def _column_cost(self, column: Any) -> int:
        start = column.data_page_offset
        if column.dictionary_page_offset is not None and 0 < column.dictionary_page_offset < start:
            start = column.dictionary_page_offset
        values = column.num_values
        if values <= 0 or start < 0 or column.total_compressed_size < 0:
            return 0
        try:
            found = cost(self._raw, Chunk(start, column.total_compressed_size, values))
            repeated = self._repeated(column, found)
        except (BadPageError, OSError, OverflowError) as error:
            raise self.unreadable(error) from error
        self._pages_left -= found.pages
        if self._pages_left < 0:
            raise over(self.name, "too many pages", f"{MOST_FILE_PAGES:,}")
        if "." not in column.path_in_schema and column.physical_type == "BYTE_ARRAY":
            most = longest_allowed(column.path_in_schema) + MOST_PAGE_BYTES
            if found.largest > most:
                what = f"column {column.path_in_schema}: a page of {found.largest:,} bytes"
                raise over(self.name, what, f"{most:,}")
        if found.values > MOST_GROUP_VALUES:
            raise self._too_large("a row group has", found.bytes, found.values)
        return found.bytes + repeated + found.values * _WIDTH

    def _repeated(self, column: Any, found: Cost) -> int:
        """Bytes of texts in lists, which cannot be decoded as dictionaries, if all were the longest one."""
        if (
            found.dictionary is None
            or "." not in column.path_in_schema
            or column.physical_type != "BYTE_ARRAY"
        ):
            return 0
        if found.dictionary.size > MOST_GROUP_BYTES:
            raise self._too_large("a row group has", found.dictionary.size, found.values)
        longest = longest_text(self._raw, found.dictionary, column.compression)
        check_length(column.path_in_schema.partition(".")[0], longest, self.name)
        return found.coded * longest

    def _too_large(self, what: str, size: int, values: int) -> UsageError:
        return UsageError(
            f"{self.name}: {what} {size:,} bytes and {values:,} values, expected at most "
            f"{MOST_GROUP_BYTES:,} and {MOST_GROUP_VALUES:,}"
        )

    def _plain(self, table: pa.Table, schema: pa.Schema) -> pa.Table:
        """The table with plain types, if its texts are short and fit into memory when written out."""
        text_bytes(table, self.name)
        return self._written_out(table, schema)

    def _written_out(self, table: pa.Table, schema: pa.Schema) -> pa.Table:
        try:
            return table.cast(pa.schema(list(schema)))
        except (ValueError, OverflowError, pa.ArrowException) as error:
            raise self.unreadable(error) from error
