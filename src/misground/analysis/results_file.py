"""A results.parquet on disk: which file a path means, its columns, and one-line errors.

Analysis and explorer both read through this class, so they accept the same files and report the same errors.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from misground.errors import UsageError
from misground.records import OUTCOMES, RECORD_NAME, RESULTS_NAME
from misground.records.schemas import RESULTS

MOST_EPOCHS: Final = 1000
_NEVER_NULL: Final = (
    "run_id", "benchmark_hash", "question_id", "item_id", "case_id", "model", "decoding", "epoch", "outcome",
)  # fmt: skip


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
        columns: the columns to read; all of them must exist.

    Raises:
        UsageError: the file does not exist, cannot be read as results, or lacks columns.
    """

    def __init__(self, given: Path, columns: Sequence[str]) -> None:
        self.path = results_path(given)
        self.columns = tuple(dict.fromkeys(columns))
        try:
            self._file = pq.ParquetFile(self.path)
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error
        missing = [name for name in self.columns if name not in self._file.schema_arrow.names]
        if missing:
            self.close()
            raise UsageError(
                f"{self.path} lacks {', '.join(missing)}: expected the columns that this version of "
                "misground eval writes"
            )

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
        return [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, checked, with the types of `records.schemas.RESULTS`; None for all of `self.columns`.

        Raises:
            UsageError: the file cannot be read, or a row has a value that no run writes.
        """
        table = self._cast(lambda names: self._file.read(columns=names), columns)
        self._check(table)
        return table

    def read_group(self, group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one row group, unchecked. Raises UsageError if they cannot be read."""
        return self._cast(lambda names: self._file.read_row_group(group, columns=names), columns)

    def record(self) -> Mapping[str, Any] | None:
        """The run.json beside the file; None if it does not exist or cannot be read."""
        try:
            found = json.loads(self.path.with_name(RECORD_NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _cast(self, read: Callable[[list[str]], pa.Table], columns: Sequence[str] | None) -> pa.Table:
        names = list(self.columns if columns is None else columns)
        try:  # another writer may have changed types, for example string to large_string
            return read(names).select(names).cast(pa.schema([RESULTS.field(name) for name in names]))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise self._unreadable(error) from error

    def _check(self, table: pa.Table) -> None:
        if table.num_rows == 0:
            return
        for name in _NEVER_NULL:
            if name in table.column_names and table[name].null_count:
                raise UsageError(f"{self.path}: a row has no {name}, expected one in every row")
        for found in pc.unique(table["outcome"]).to_pylist():
            if found not in OUTCOMES:
                raise UsageError(
                    f"{self.path}: found the outcome {found!r}, expected one of {', '.join(OUTCOMES)}"
                )
        epochs = pc.min_max(table["epoch"]).as_py()
        if epochs["min"] < 1 or epochs["max"] > MOST_EPOCHS:
            raise UsageError(
                f"{self.path}: found epochs {epochs['min']} to {epochs['max']}, expected 1 to {MOST_EPOCHS}"
            )

    def _unreadable(self, error: Exception) -> UsageError:
        words = " ".join(str(error).split())[:200]
        return UsageError(f"{self.path} cannot be read as results ({words}): expected a finished run's file")
