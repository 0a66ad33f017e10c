"""The steps.parquet beside a results file: whether a run has one, and its rows in groups or as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.errors import UsageError
from misground.records import STEPS_NAME
from misground.records.door.parquet import TableFile
from misground.records.door.steps import check_steps
from misground.records.limits import MOST_RESULT_BYTES, MOST_STEPS, RESULT_EXPANSION
from misground.records.schemas import STEPS

_ADVICE: Final = ": run the same misground eval again, or delete the file"


def steps_path(results: Path | None, record: Mapping[str, Any] | None) -> Path | None:
    """The file with the steps of the run whose results these are; None if no steps were kept.

    Args:
        results: the results file; None for replies that are in no file.
        record: the run's run.json; None if there is none.

    Raises:
        UsageError: the run kept steps, and the file is not there.
    """
    if results is None:
        return None
    path = results.with_name(STEPS_NAME)
    if path.exists():
        return path
    settings = (record or {}).get("settings")
    if isinstance(settings, Mapping) and settings.get("trace") == "steps" and "trace" in (record or {}):
        raise UsageError(
            f"{path} is missing, and the run record beside it says that steps were kept: copy it there, or "
            "run the same misground eval again"
        )
    return None


class StepsFile:
    """An open steps.parquet.

    Args:
        path: the file.

    Raises:
        UsageError: the file cannot be read, or lacks columns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = TableFile(path, MOST_STEPS, kind="steps of a run", advice=_ADVICE)
        try:
            self._file.check_columns(STEPS)
        except BaseException:
            self.close()
            raise

    def read(self, columns: Sequence[str]) -> pa.Table:
        """All rows of some columns, checked.

        Raises:
            UsageError: the file cannot be read, exceeds a limit, or a row has a value that no run writes.
        """
        table = self._file.read(_schema(columns), MOST_RESULT_BYTES, RESULT_EXPANSION)
        check_steps(table, str(self.path))
        return table

    def groups(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The row groups with some columns, checked one by one. Raises UsageError as `read` does."""
        for group in range(len(self._file.group_sizes)):
            yield self.group(group, columns)

    def group(self, group: int, columns: Sequence[str]) -> pa.Table:
        """One row group with some columns, checked. Raises UsageError as `read` does."""
        table = self._file.group(group, _schema(columns))
        check_steps(table, str(self.path), self._file.first_row(group))
        return table

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def of_run(table: pa.Table, run_id: str) -> pa.Table:
    """The rows of one run."""
    return table.filter(pc.equal(table["run_id"], run_id))


def _schema(columns: Sequence[str]) -> pa.Schema:
    return pa.schema([STEPS.field(name) for name in columns])
