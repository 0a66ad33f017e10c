"""Writing a report: the page, its tables and figures as files, completely or not at all."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import polars as pl

from misground import __version__
from misground.analysis.evidence_curve import flat_points
from misground.analysis.figures import save
from misground.analysis.flat import flat
from misground.analysis.held_tables import flat_bins
from misground.analysis.results import Run
from misground.analysis.screen import flat_suspects
from misground.analysis.table import Table
from misground.benchmark.escaping import spreadsheet_text
from misground.benchmark.written import FolderKind, check_target, writing_folder
from misground.report.document import Document, document
from misground.report.html import html
from misground.report.inputs import log_folders
from misground.report.markdown import markdown
from misground.report.pdf import pdf

Format = Literal["html", "pdf", "md"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
REPORT: Final = FolderKind(
    noun="report",
    names=re.compile(r"report\.(?:html|pdf|md)|tables/[\w-]+\.csv|figures/[\w-]+\.(?:svg|png|pdf)", re.ASCII),
    record="report.json",
    expected="a new folder or an earlier report",
    kept="no new report was written",
    earlier=frozenset({"misground", "runs"}),
)


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


def check_report_folder(to: Path, results: Iterable[Path]) -> None:
    """Check, before any work, that a report on these results may be written to a folder.

    Args:
        to: the folder.
        results: log folders or results files.

    Raises:
        UsageError: the folder contains anything other than an unchanged report, or is inside a log folder.
    """
    check_target(to, REPORT, log_folders(results))


def write_report(runs: Sequence[Run], to: Path, formats: Sequence[Format] = ("html",)) -> Written:
    """Write `report.FORMAT`, `tables/*.csv` and `figures/*.{svg,png,pdf}` into a folder.

    Args:
        runs: the runs to report on.
        to: the folder; a report of this version that is already there, unchanged, is replaced.
        formats: the formats of the page.

    Raises:
        UsageError: the folder contains anything else, is inside a log folder, or another report is being
            written there.
        WorkError: the folder cannot be written.
    """
    with writing_folder(to, REPORT, log_folders(run.source for run in runs)) as writing:
        folder = writing.folder
        made = document(runs)
        (folder / "tables").mkdir()
        (folder / "figures").mkdir()
        tables = [*(section.table for section in made.sections), made.cells]
        for table in tables:
            write_csv(table, folder / "tables")
            if table.calibrations:
                write_frame(flat_bins(table.calibrations), folder / "tables" / "reliability.csv")
            if table.curves:
                write_frame(flat_points(list(table.curves)), folder / "tables" / "evidence.csv")
            if table.agreed:
                write_frame(flat_suspects(table.agreed), folder / "tables" / "label_screen.csv")
        for figure in made.all_figures:
            save(figure, folder / "figures")
        for kind in formats:
            path = folder / f"report.{kind}"
            if kind == "pdf":
                path.write_bytes(pdf(made, folder / "figures"))
            elif kind == "html":
                path.write_text(html(made, folder / "figures"), encoding="utf-8")
            else:
                path.write_text(markdown(made), encoding="utf-8")
        writing.facts.update(misground=__version__, runs=[run.run_id for run in runs])
    return Written([to / f"report.{kind}" for kind in formats], len(tables), len(made.all_figures), made)


def write_csv(table: Table, folder: Path) -> None:
    """Write `flat(table)` into NAME.csv."""
    write_frame(flat(table), folder / f"{table.name}.csv")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a table into a CSV file; what a spreadsheet would run as a formula is text."""
    guarded = [
        pl.Series(name, [None if value is None else spreadsheet_text(value) for value in frame[name]])
        for name, kind in frame.schema.items()
        if kind == pl.String
    ]
    path.write_text(
        frame.with_columns(guarded).write_csv(), encoding="utf-8", newline=""
    )  # errors have a number
