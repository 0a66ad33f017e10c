"""The report as a PDF, set by Typst; its text is handed over as data."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from misground.analysis.figures import Figure
from misground.report.cells import Grid
from misground.report.document import Document


def pdf(document: Document, figures: Path) -> bytes:
    """The file; `figures` holds the SVG of each figure by its name."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        template = files("misground.report").joinpath("page", "report.typ").read_text(encoding="utf-8")
        (root / "report.typ").write_text(template, encoding="utf-8")
        for figure in document.all_figures:
            shutil.copyfile(figures / f"{figure.name}.svg", root / f"{figure.name}.svg")
        made: bytes = typst.compile(
            str(root / "report.typ"), root=str(root), sys_inputs={"data": json.dumps(_data(document))}
        )
        return made


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "names": [name for name, _ in document.records],
        "cautions": list(document.cautions),
        "findings": [{"title": title, "texts": texts} for _, title, texts in document.grouped],
        "legend": list(document.legend),
        "sections": [
            {
                "title": section.table.title,
                "asks": section.table.asks,
                "notes": list(section.table.notes),
                "grids": list(map(_grid, section.grids)),
                "figures": _figures(section.figures),
            }
            for section in document.sections
        ],
        "figures": _figures(document.figures),
        "records": [
            {"name": name, "facts": [list(fact) for fact in facts]} for name, facts in document.records
        ],
    }


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "headings": list(grid.headings),
        "rows": [list(row) for row in grid.rows],
        "text": grid.text,
    }


def _figures(figures: Sequence[Figure]) -> list[dict[str, str]]:
    return [
        {
            "path": f"{one.name}.svg",
            "title": one.title,
            "asks": one.asks,
            "caption": one.caption,
            "alt": one.alt,
        }
        for one in figures
    ]
