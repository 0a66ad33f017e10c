"""Rows of text under headings, for HTML, Markdown, PDF and the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """Rows of cells under headings; the first `text` columns are text, the others numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: int = 2


def without_empty(grid: Grid) -> Grid:
    """The grid without columns of numbers that are empty in every row."""
    kept = [
        number
        for number in range(len(grid.headings))
        if number < grid.text or any(row[number] for row in grid.rows)
    ]
    return Grid(
        [grid.headings[number] for number in kept],
        [[row[number] for number in kept] for row in grid.rows],
        grid.text,
    )
