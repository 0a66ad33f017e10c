"""The report as GitHub-flavoured Markdown, with figures in files beside it."""

from collections.abc import Iterator, Sequence

from misground.analysis.figures import Figure
from misground.benchmark.escaping import markdown_text as escaped
from misground.report.document import Document, on_paper
from misground.report.grid import Grid


def markdown(document: Document) -> str:
    """The report as Markdown; all text that comes from a run is escaped."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    yield ""
    yield " · ".join(escaped(name) for name, _ in document.records)
    yield ""
    for text in document.facts:
        yield from (escaped(text), "")
    yield "## Summary"
    yield ""
    if document.cautions:
        yield "Before you read on:"
        yield ""
        yield from (f"- {escaped(text)}" for text in document.cautions)
        yield ""
    yield from (f"- {escaped(finding.text)}" for finding in document.findings)
    yield ""
    for section in document.sections:
        yield f"## {escaped(section.table.title)}"
        yield ""
        yield f"*{escaped(section.table.asks)}*"
        yield ""
        for note in section.table.notes:
            yield from (escaped(note), "")
        for grid in section.grids:
            yield from _table(grid)
            yield ""
        yield f"[{section.table.name}.csv](tables/{section.table.name}.csv)"
        yield ""
        yield from _drawn(section.figures)
    if document.figures:
        yield "## More figures"
        yield ""
        yield from _drawn(document.figures)
    yield "## How to read the numbers"
    yield ""
    yield from (f"- {escaped(text)}" for text in document.legend)
    yield ""
    yield "## Run records"
    yield ""
    for name, facts in document.records:
        yield from (f"### {escaped(name)}", "")
        yield from (f"- {escaped(key)}: {escaped(value)}" for key, value in facts)
        yield ""
    yield "Every level of every factor: [cells.csv](tables/cells.csv)."
    yield ""
    yield "Not for clinical use. This report measures models and says nothing about any patient."


def _table(grid: Grid) -> Iterator[str]:
    yield "| " + " | ".join(map(escaped, grid.headings)) + " |"
    yield "|" + "".join(" --- |" if n < grid.text else " ---: |" for n in range(len(grid.headings)))
    for row in grid.rows:
        yield "| " + " | ".join(map(escaped, row)) + " |"


def _drawn(figures: Sequence[Figure]) -> Iterator[str]:
    for figure in figures:
        yield f"![{escaped(figure.alt)}](figures/{figure.name}.svg)"
        yield ""
        yield f"**{escaped(figure.title)}.** {escaped(figure.asks)} {escaped(on_paper(figure.caption))}"
        yield ""
