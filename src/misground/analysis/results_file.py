"""A results.parquet on disk: which file a path means, its columns, and one-line errors.

Analysis and explorer both read through this class, so they accept the same files and report the same errors.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa

from misground.errors import UsageError
from misground.records import RECORD_NAME, RESULTS_NAME
from misground.records.door.json_file import NotJSONError, read_json_object
from misground.records.door.parquet import TableFile
from misground.records.door.results import check_replies, check_runs
from misground.records.door.shapes import check_record
from misground.records.door.types import plain
from misground.records.limits import MOST_REPLIES, MOST_RESULT_BYTES, RESULT_EXPANSION
from misground.records.schemas import RESULTS

_KEYS: Final = ("run_id", "question_id", "epoch")
"""The columns that tell a reply from every other."""
_ALWAYS: Final = frozenset(RESULTS.names[: RESULTS.names.index("flipped") + 1])
"""The columns of the first version; a file may lack those that were added later, which then are null."""


def results_path(given: Path) -> Path:
    """The results.parquet that a path on the command line means: the file itself or the one in a log folder.

    Raises:
        UsageError: there is no such file, or it cannot be accessed.
    """
    try:
        folder = given.is_dir()
        path = given / RESULTS_NAME if folder else given
        there = path.is_file()
    except OSError as error:
        raise UsageError(f"cannot read {given}: {error.strerror or error}") from error
    if not there:
        found = f"has no {RESULTS_NAME}" if folder else "does not exist"
        raise UsageError(f"{given} {found}: expected a log folder of misground eval, or its {RESULTS_NAME}")
    return path


class ResultsFile:
    """An open results.parquet, closed by `close` or at the end of a `with` block.

    Args:
        given: a log folder or a results.parquet.
        columns: the columns to read. All that the first version wrote must exist; the others are null where
            the file lacks them.

    Raises:
        UsageError: the file does not exist, cannot be read as results, or lacks columns.
    """

    def __init__(self, given: Path, columns: Sequence[str]) -> None:
        self.path = results_path(given)
        self.columns = tuple(dict.fromkeys(columns))
        self._file = TableFile(
            self.path, MOST_REPLIES, kind="results", advice=": expected a finished run's file"
        )
        try:
            self._check_columns()
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
        self._file.close()

    @property
    def group_sizes(self) -> list[int]:
        """The number of rows in each row group."""
        return self._file.group_sizes

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, checked, with the types of `records.schemas.RESULTS`; None for all of `self.columns`.

        Raises:
            UsageError: the file cannot be read, exceeds a limit, or a row has a value that no run writes.
        """
        # First, since a small file can repeat a row millions of times.
        keys = self._file.read(_schema(_KEYS), MOST_RESULT_BYTES, RESULT_EXPANSION)
        check_replies(keys, str(self.path))
        check_runs(keys, str(self.path))
        names = self.columns if columns is None else tuple(columns)
        table = self._file.read(self._stored(names), MOST_RESULT_BYTES, RESULT_EXPANSION)
        check_replies(table, str(self.path))
        return _filled(table, names)

    def read_group(self, group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one row group, each checked by itself. Raises UsageError as `read` does."""
        names = self.columns if columns is None else tuple(columns)
        table = self._file.group(group, self._stored(names))
        check_replies(table, str(self.path), self._file.first_row(group))
        return _filled(table, names)

    def record(self) -> Mapping[str, Any] | None:
        """The run.json beside the file; None if it does not exist or is not JSON.

        Raises:
            UsageError: it exceeds a limit, or a field has another type than a run writes.
        """
        path = self.path.with_name(RECORD_NAME)
        if not path.exists():
            return None
        try:
            found = read_json_object(path)
        except NotJSONError:
            return None
        check_record(found, str(path))
        return found

    def _check_columns(self) -> None:
        found = self._file.schema
        missing = [name for name in self.columns if name in _ALWAYS and name not in found.names]
        if missing:
            raise UsageError(
                f"{self.path} lacks {', '.join(missing)}: expected the columns that this version of "
                "misground eval writes"
            )
        for name in {*self._stored(self.columns).names, *_KEYS}:
            at, wanted = found.get_field_index(name), RESULTS.field(name).type
            if at < 0 or not _castable(found.field(at).type, wanted):
                kind = "no such column, or two" if at < 0 else str(found.field(at).type)
                raise UsageError(f"{self.path}: column {name}: found {kind}, expected {wanted}")

    def _stored(self, names: Sequence[str]) -> pa.Schema:
        """The columns that are read from the file: those of `names`, and one more if it has none of them."""
        there = [name for name in names if name in _ALWAYS or name in self._file.schema.names]
        return _schema(there or _KEYS[:1])


def _schema(names: Sequence[str]) -> pa.Schema:
    return pa.schema([RESULTS.field(name) for name in dict.fromkeys(names)])


def _filled(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The table with exactly these columns; those that it lacks are null."""
    schema = _schema(names)
    there = set(table.column_names)
    columns = [
        table[field.name] if field.name in there else pa.nulls(table.num_rows, field.type) for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _castable(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a type is the wanted one, or differs only in what another writer may have changed."""
    if pa.types.is_integer(wanted):
        fits = pa.types.is_integer(found)
    elif pa.types.is_floating(wanted):
        fits = pa.types.is_integer(found) or pa.types.is_floating(found)
    else:
        fits = found.equals(plain(wanted))
    return bool(fits or pa.types.is_null(found))
