"""The report as a PDF, typeset by Typst; all text is passed as data, never as markup."""

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from misground.analysis.figures import Figure
from misground.report.document import Document, on_paper
from misground.report.grid import Grid

_SIZE: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_WIDE, _HIGH = 17.8, 21.0  # cm: text width on A4, and the most height that leaves room for a caption


def pdf(document: Document, figures: Path) -> bytes:
    """The report as the bytes of a PDF file.

    Args:
        document: the report.
        figures: a folder that holds NAME.svg for each figure.
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        template = files("misground.report").joinpath("page", "report.typ").read_text(encoding="utf-8")
        (root / "report.typ").write_text(template, encoding="utf-8")
        for figure in document.all_figures:
            shutil.copyfile(figures / f"{figure.name}.svg", root / f"{figure.name}.svg")
        made: bytes = typst.compile(
            str(root / "report.typ"),
            root=str(root),
            sys_inputs={"data": json.dumps(_data(document, figures))},
        )
        return made


def _data(document: Document, figures: Path) -> dict[str, Any]:
    return {
        "title": document.title,
        "names": [name for name, _ in document.records],
        "facts": list(document.facts),
        "cautions": list(document.cautions),
        "findings": [finding.text for finding in document.findings],
        "legend": list(document.legend),
        "sections": [
            {
                "title": section.table.title,
                "asks": section.table.asks,
                "notes": list(section.table.notes),
                "grids": list(map(_grid, section.grids)),
                "figures": _figures(section.figures, figures),
            }
            for section in document.sections
        ],
        "figures": _figures(document.figures, figures),
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


def _figures(drawn: Sequence[Figure], folder: Path) -> list[dict[str, Any]]:
    return [
        {
            "path": f"{one.name}.svg",
            "height": _height(folder / f"{one.name}.svg"),
            "title": one.title,
            "asks": one.asks,
            "caption": on_paper(one.caption),
            "alt": one.alt,
        }
        for one in drawn
    ]


def _height(svg: Path) -> float:
    """The height of a picture in cm when it is as wide as the page, at most a page."""
    width, height = map(float, _SIZE.search(svg.read_text(encoding="utf-8")).groups())  # type: ignore[union-attr]
    return min(_WIDE * height / width, _HIGH)
