"""Writing a report: the page, its tables and figures as files, completely or not at all."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import polars as pl

from misground import __version__
from misground.analysis.figures import save
from misground.analysis.results import Run
from misground.analysis.tables import Table, flat
from misground.benchmark.files import write_error
from misground.errors import UsageError
from misground.report.document import Document, document
from misground.report.html import html
from misground.report.markdown import markdown
from misground.report.pdf import pdf

Format = Literal["html", "pdf", "md"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
RECORD: Final = "report.json"
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Written:
    """A report on disk.

    Attributes:
        pages: the files to open, one for each format.
        tables: number of CSV files.
        figures: number of figures.
        document: the content of the report.
    """

    pages: Sequence[Path]
    tables: int
    figures: int
    document: Document


def write_report(runs: Sequence[Run], to: Path, formats: Sequence[Format] = ("html",)) -> Written:
    """Write `report.FORMAT`, `tables/*.csv` and `figures/*.{svg,png,pdf}` into a folder.

    Args:
        runs: the runs to report on.
        to: the folder; a report that is already there is replaced.
        formats: the formats of the page.

    Raises:
        UsageError: the folder contains anything other than a report.
        WorkError: the folder cannot be written.
    """
    _check(to)
    made = document(runs)
    part = to.with_name(f".{to.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "tables").mkdir(parents=True)
        (part / "figures").mkdir()
        tables = [*(section.table for section in made.sections), made.cells]
        for table in tables:
            write_csv(table, part / "tables")
        for figure in made.all_figures:
            save(figure, part / "figures")
        for kind in formats:
            path = part / f"report.{kind}"
            if kind == "pdf":
                path.write_bytes(pdf(made, part / "figures"))
            elif kind == "html":
                path.write_text(html(made, part / "figures"), encoding="utf-8")
            else:
                path.write_text(markdown(made), encoding="utf-8")
        record = {"misground": __version__, "runs": [run.run_id for run in runs]}
        (part / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        if to.exists():
            shutil.rmtree(to)
        part.replace(to)
    except OSError as error:
        raise write_error(error, to, kept="no new report was written") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Written([to / f"report.{kind}" for kind in formats], len(tables), len(made.all_figures), made)


def _check(to: Path) -> None:
    if not to.exists() or (to.is_dir() and (not any(to.iterdir()) or (to / RECORD).is_file())):
        return
    what = "contains other files" if to.is_dir() else "is a file"
    raise UsageError(f"{to} {what}, expected a new folder or an earlier report: name another with -o")


def write_csv(table: Table, folder: Path) -> None:
    """Write `flat(table)` into NAME.csv."""
    frame = flat(table)
    # Quote what a spreadsheet would run as a formula.
    guarded = [
        pl.Series(name, [f"'{value}" if value.startswith(_DANGEROUS) else value for value in frame[name]])
        for name in ("run", "cell")
    ]
    frame.with_columns(guarded).write_csv(folder / f"{table.name}.csv")
