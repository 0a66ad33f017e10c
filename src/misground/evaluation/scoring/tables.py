"""Files of text and spreadsheets as rows: JSON lines, a JSON list, CSV and TSV, and .xlsx."""

import csv
import importlib.util
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from misground.errors import UsageError
from misground.records.door.json_file import parse_json
from misground.records.limits import (
    MOST_CELLS,
    MOST_PREDICTION_JSON,
    MOST_PREDICTION_LINE,
    MOST_PREDICTION_VALUES,
    MOST_REPLY_BYTES,
)

Row = tuple[str, Mapping[str, Any]]
"""Where a row is, for messages, and its values by column."""
EXPECTED: Final = "a file of replies (misground score --help lists the kinds)"
_DELIMITERS: Final = ("\t", ",", ";")


def json_lines(path: Path) -> Iterator[Row]:
    """The objects of a file with one JSON object a line; empty lines are skipped."""
    with readable(path), path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_PREDICTION_LINE + 1):
            number += 1
            where = f"{path} line {number:,}"
            if len(line) > MOST_PREDICTION_LINE:
                raise UsageError(
                    f"{where}: longer than {MOST_PREDICTION_LINE >> 20} MiB, expected one JSON object a line"
                )
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield where, _object(parse_json(line, where, most_bytes=len(line), of_python=True), where)


def json_list(path: Path) -> Iterator[Row]:
    """The objects of a file that is a JSON list."""
    with readable(path):
        if path.stat().st_size > MOST_PREDICTION_JSON:
            raise UsageError(
                f"{path}: larger than {MOST_PREDICTION_JSON >> 20} MiB: give it as JSON lines, which are "
                "read one at a time"
            )
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    found = parse_json(
        data,
        str(path),
        most_bytes=MOST_PREDICTION_JSON,
        most_values=MOST_PREDICTION_VALUES,
        of_python=True,
    )
    if not isinstance(found, list):
        raise UsageError(f"{path}: contains a JSON {type(found).__name__}, expected {EXPECTED}")
    for number, one in enumerate(found, 1):
        where = f"{path} entry {number:,}"
        yield where, _object(one, where)


def delimited(path: Path) -> Iterator[Row]:
    """The rows of a CSV or TSV file with a header; its columns are separated by tab, comma or semicolon."""
    try:
        with readable(path), path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(MOST_PREDICTION_LINE)
            delimiter = next((sign for sign in _DELIMITERS if sign in first), ",")
            lines = _long_cells(csv.reader(chain([first], file), delimiter=delimiter, strict=True))
            header = next(lines, [])
            yield from _with_header(header, enumerate(lines, 2), path)
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read as a table ({error}): expected {EXPECTED}") from error


def _long_cells(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    """The lines, with cells as long as a reply. The limit is the process's, so it is reset each time."""
    while True:
        before = csv.field_size_limit(MOST_REPLY_BYTES)
        try:
            line = next(lines, None)
        finally:
            csv.field_size_limit(before)
        if line is None:
            return
        yield line


def spreadsheet(path: Path) -> Iterator[Row]:
    """The rows of the first sheet of an .xlsx file with a header; a formula is its saved value."""
    if importlib.util.find_spec("openpyxl") is None:
        raise UsageError(
            "openpyxl is not installed, and .xlsx files need it: pip install 'misground[eval]', or run "
            "VLMEvalKit with PRED_FORMAT=tsv"
        )
    from openpyxl import load_workbook  # noqa: PLC0415

    with readable(path):
        check_zip(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            lines = iter(book.worksheets[0].iter_rows(values_only=True)) if book.worksheets else iter(())
            header = ["" if cell is None else str(cell) for cell in next(lines, ())]
            yield from _with_header(header, enumerate(lines, 2), path)
        finally:
            book.close()
    except (UsageError, GeneratorExit):
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise unreadable(path, "a spreadsheet", error) from error


def check_zip(path: Path) -> frozenset[str]:
    """The names in a zip file whose parts are of bounded size once decompressed.

    Raises:
        UsageError: They are not, or it is not a zip file.
    """
    try:
        with zipfile.ZipFile(path) as file:
            parts = file.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise unreadable(path, "a zip file", error) from error
    largest = max((part.file_size for part in parts), default=0)
    if largest > MOST_PREDICTION_JSON:
        raise UsageError(
            f"{path}: a part of {largest:,} bytes, expected at most {MOST_PREDICTION_JSON >> 20} MiB"
        )
    return frozenset(part.filename for part in parts)


def unreadable(path: Path, kind: str, error: BaseException) -> UsageError:
    """The error of a file that is damaged, in one line."""
    words = " ".join(str(error).split())[:160] or type(error).__name__
    return UsageError(f"{path} cannot be read as {kind} ({words}): expected {EXPECTED}")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn the errors of reading a file of text into one line."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text (byte 0x{error.object[error.start]:02x}): save it as UTF-8"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _with_header(header: list[str], lines: Any, path: Path) -> Iterator[Row]:
    names = [name.strip() for name in header]
    if len(names) > MOST_CELLS:
        raise UsageError(f"{path}: {len(names):,} columns, expected at most {MOST_CELLS:,}")
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise UsageError(f"{path}: two columns are called {twice[:40]!r}, expected one")
    for number, cells in lines:
        if not any(cell not in (None, "") for cell in cells):
            continue
        if len(cells) > len(names):
            raise UsageError(
                f"{path} row {number:,}: {len(cells):,} cells, expected {len(names)} as in the first row"
            )
        yield f"{path} row {number:,}", dict(zip(names, cells, strict=False))


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: contains a JSON {type(value).__name__}, expected an object")
    return value
