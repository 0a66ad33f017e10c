"""CSV files of data sets: separator `,` or `;`, with or without a byte-order mark, of limited size."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.errors import UsageError

MAX_BYTES: Final = 64 * 2**20
MAX_LINES: Final = 1_000_000


@dataclass(frozen=True)
class Row:
    """One line of a CSV file: its line number (from 1), and column -> cell without surrounding spaces."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The cell; "" if the column or the cell is missing."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A CSV file with a header; `name` is the file's name, for messages."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = None) -> Table:
    """Read a CSV file whose first line names its columns (converted to lower case); skip blank lines.

    Args:
        path: the file.
        required: columns that must exist.
        optional: other columns that are allowed; None allows any.

    Raises:
        UsageError: with file and line, if the file cannot be read, is too large or not UTF-8; if a column is
            missing, unknown or repeated; or if a line has more cells than columns.
    """
    lines = read_cells(path)
    if not lines:
        raise UsageError(f"{path.name} is empty, expected a line with the columns {', '.join(required)}")
    columns = tuple(cell.lower() for cell in lines[0][1])
    _check_columns(path.name, columns, required, optional)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) > len(columns):
            raise UsageError(
                f"{path.name}, line {number}: found {len(cells)} cells, expected at most {len(columns)}"
            )
        rows.append(Row(number, dict(zip(columns, cells, strict=False))))
    return Table(path.name, columns, tuple(rows))


def read_cells(path: Path) -> list[tuple[int, list[str]]]:
    """The line number (from 1) and cells of each non-blank line. Raises UsageError like `read_table`."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(f"{path.name} has {size} bytes, expected at most {MAX_BYTES}")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read ({error.strerror}), expected a CSV file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8 text, expected a CSV file") from error
    first = text.lstrip().partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                lines.append((reader.line_num, [cell.strip() for cell in cells]))
            if len(lines) > MAX_LINES:
                raise UsageError(f"{path.name} has more than {MAX_LINES} lines, expected at most that many")
        return lines
    except csv.Error as error:
        raise UsageError(f"{path.name}, line {reader.line_num}: {error}, expected a CSV file") from error


def _check_columns(
    name: str, columns: tuple[str, ...], required: tuple[str, ...], optional: tuple[str, ...] | None
) -> None:
    missing = [column for column in required if column not in columns]
    if missing:
        raise UsageError(f"{name}, line 1: missing column {', '.join(missing)}, found {', '.join(columns)}")
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise UsageError(f"{name}, line 1: repeated column {', '.join(twice)}, expected each once")
    if optional is not None:
        unknown = [column for column in columns if column not in required + optional]
        if unknown:
            allowed = ", ".join(required + optional)
            raise UsageError(f"{name}, line 1: unknown column {', '.join(unknown)}, expected {allowed}")
