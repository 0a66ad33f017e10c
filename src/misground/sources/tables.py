"""CSV files of data sets, as people and spreadsheets write them, of limited size.

The separator is a comma, a semicolon or a tab, or what a first line `sep=;` says. The text is UTF-8, or
UTF-16 with a byte-order mark. A cell `="0012"`, by which Excel keeps a number as text, is 0012. Columns at
the end without a name and without a cell are no columns.
"""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.errors import UsageError

MAX_BYTES: Final = 64 * 2**20
MAX_LINES: Final = 1_000_000
# In the order in which they win a draw.
_SEPARATORS: Final = (",", ";", "\t")
_SEPARATOR_LINE: Final = re.compile(r"\s*sep=([,;\t|])[,;\t ]*(?:\r\n|\r|\n)", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')


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
    """Read a CSV file whose first line names its columns; skip blank lines.

    Names of columns are brought to lower case, with `_` for blanks.

    Args:
        path: the file.
        required: columns that must exist.
        optional: other columns that are allowed; None allows any.

    Raises:
        UsageError: with file and line, if the file cannot be read, is too large or no text; if a column is
            nameless, missing, unknown or repeated; or if a line has more cells than columns.
    """
    lines = read_cells(path)
    if not lines:
        raise UsageError(f"{path.name} is empty, expected a line with the columns {', '.join(required)}")
    columns = _without_blank_end(tuple("_".join(cell.lower().split()) for cell in lines[0][1]))
    _check_columns(path.name, columns, required, optional)
    rows = []
    for number, line in lines[1:]:
        cells = _without_blank_end(tuple(line)) if len(line) > len(columns) else line
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
        if not path.is_file():  # opening a named pipe would wait for ever
            raise UsageError(f"{path.name} cannot be read (not a file), expected a CSV file")
        if size > MAX_BYTES:
            raise UsageError(f"{path.name} has {size} bytes, expected at most {MAX_BYTES}")
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read ({error.strerror}), expected a CSV file") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path.name} is not UTF-8 text, expected a CSV file: save it as CSV UTF-8"
        ) from error
    stated = _SEPARATOR_LINE.match(text)
    before = 0
    if stated:
        separator, text, before = stated[1], text[stated.end() :], len(stated[0].splitlines())
    else:
        first = _LINE_END.split(text.lstrip(), maxsplit=1)[0]
        separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines: list[tuple[int, list[str]]] = []
    try:
        start = 1
        for cells in reader:
            if any(map(str.strip, cells)):
                lines.append((before + start, [_cell(cell) for cell in cells]))
            start = reader.line_num + 1
            if len(lines) > MAX_LINES:
                raise UsageError(f"{path.name} has more than {MAX_LINES} lines, expected at most that many")
        return lines
    except csv.Error as error:
        line = before + reader.line_num
        raise UsageError(f"{path.name}, line {line}: {error}, expected a CSV file") from error


def _decoded(content: bytes) -> str:
    """The text of a file, without its byte-order mark."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig")


def _cell(text: str) -> str:
    text = text.strip()
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return kept[1] if kept else text


def _without_blank_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells up to the last that is not empty."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _check_columns(
    name: str, columns: tuple[str, ...], required: tuple[str, ...], optional: tuple[str, ...] | None
) -> None:
    if "" in columns and optional is not None:
        where = columns.index("") + 1
        raise UsageError(f"{name}, line 1: column {where} has no name, expected one or no column")
    missing = [column for column in required if column not in columns]
    if missing:
        raise UsageError(f"{name}, line 1: missing column {', '.join(missing)}, found {', '.join(columns)}")
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise UsageError(f"{name}, line 1: repeated column {', '.join(twice)}, expected each once")
    if optional is not None:
        unknown = [column for column in columns if column not in required + optional]
        if unknown:
            allowed = ", ".join(required + optional)
            raise UsageError(f"{name}, line 1: unknown column {', '.join(unknown)}, expected {allowed}")
