"""The content of a report in any format: findings, then tables and figures, then the run records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from misground.analysis.ceilings import ceilings_note, with_ceilings
from misground.analysis.compared import beside_note, sets_note
from misground.analysis.figures import Figure, figures
from misground.analysis.planned import planned
from misground.analysis.results import Run
from misground.analysis.table import Table
from misground.analysis.tables import all_cells, planned_table, report_tables
from misground.report.cells import grids
from misground.report.facts import cautions, facts
from misground.report.findings import Finding, findings
from misground.report.grid import Grid
from misground.report.words import FLAG

LEGEND: Final = (
    "The unit of analysis is the question: its score is the mean over its epochs. k/n: correct out of "
    "scored. No answer and refused count as wrong; errors are excluded from n.",
    "cut off: replies that ended at the maximum number of tokens or of the context. Such a reply has no "
    f"answer unless its answer line was complete. {FLAG}: more than 5% of the replies have no answer, are "
    "refused or were cut off, so the accuracy also measures that.",
    "95% interval: for other cases and other structures than these. It allows for questions that share a "
    "case or a structure to be alike, by leaving out each case and each structure in turn; Student's t "
    "with the smaller of both numbers less one. Near 0 and 100 an accuracy has Wilson's score interval "
    "with the same standard error. There is none for one case, or if all questions score alike: then the "
    "bound by items is shown, which carries no verdict. from: what the interval rests on; the wordings of "
    "an item count as one.",
    "95% if questions were independent: the central 95% interval of Beta(1 + k, 1 + n - k), as the paper "
    "has it. It is much too narrow where an item has many wordings.",
    "95% limit over more samples of these questions: where the accuracy on these very questions would "
    "settle if each were asked very often (from three epochs on).",
    "Differences are computed pair by pair. P(B better): Student's t around the difference, with the "
    "standard error of its interval. With several epochs, the four outcomes are expected counts.",
    "Planned contrasts are named before the run. verdict: higher or lower where Holm's correction over "
    "all planned contrasts of the report holds; a hint only where the interval alone leaves out 0. could "
    "have been shown: the smallest true difference that such an interval would leave 0 out of in 80% of "
    "runs.",
)


@dataclass(frozen=True)
class Section:
    """A table with the figures that belong to it."""

    table: Table
    grids: Sequence[Grid]
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes:
        title: the heading of the page.
        facts: which benchmarks, versions and dates.
        cautions: what limits the numbers, one sentence each.
        findings: what the numbers show, in at most eight sentences.
        legend: how to read the columns.
        sections: the tables with their figures.
        figures: the figures that belong to no table.
        cells: accuracy at every level of every factor; too long to print, written as a CSV file only.
        records: for each run its name and its run record, flattened to (key, value) pairs.
    """

    title: str
    facts: Sequence[str]
    cautions: Sequence[str]
    findings: Sequence[Finding]
    legend: Sequence[str]
    sections: Sequence[Section]
    figures: Sequence[Figure]
    cells: Table
    records: Sequence[tuple[str, Sequence[tuple[str, str]]]]

    @property
    def all_figures(self) -> list[Figure]:
        """The figures of all sections, then the others."""
        return [figure for section in self.sections for figure in section.figures] + list(self.figures)


def document(runs: Sequence[Run]) -> Document:
    """The report on some runs: models first, then the built-in baselines."""
    runs = with_ceilings(sorted(runs, key=lambda run: run.baseline))
    contrasts = planned(runs)
    tables = [
        _beside_paper(table, runs)
        for table in (planned_table(contrasts), *report_tables(runs))
        if not table.empty
    ]
    drawn = figures(runs)
    sections = [
        Section(
            table, grids(table), [figure for figure in drawn if figure.name in _BESIDE.get(table.name, ())]
        )
        for table in tables
    ]
    placed = {figure.name for section in sections for figure in section.figures}
    return Document(
        title="MIS-Ground report",
        facts=facts(runs),
        cautions=cautions(runs),
        findings=findings(runs, contrasts, tables),
        legend=[*LEGEND, ceilings_note(runs), sets_note(runs)],
        sections=sections,
        figures=[figure for figure in drawn if figure.name not in placed],
        cells=all_cells(runs),
        records=[(run.name, _record(run)) for run in runs],
    )


def _beside_paper(table: Table, runs: Sequence[Run]) -> Table:
    """The table, with a note on how the sets differ where published figures stand in it."""
    figures = [row.published for row in table.estimates] + [row.published for row in table.comparisons]
    if not any(figures):
        return table
    return replace(table, notes=[*table.notes, beside_note(runs)])


_BESIDE: Final[Mapping[str, Sequence[str]]] = {
    "breaks": ("where-it-breaks",),
    "distance": ("accuracy-by-evidence",),
    "overall": ("accuracy-by-size", "outcome-shares"),
    "decoding": ("semantic-sampling-steps",),
    "rq1": ("forest-of-cells",),
    "rq2": ("terms-by-coordinates", "confusion-anatomical", "confusion-colloquial"),
    "rq3": ("marks-by-terms",),
    "calibration": ("reliability",),
}
"""The figures shown with each table; all others come at the end."""


def _record(run: Run) -> list[tuple[str, str]]:
    known: dict[str, Any] = {
        "run_id": run.run_id,
        "benchmark_hash": run.benchmark_hash,
        "model": run.model,
        "model_parameters": run.model_parameters,
        "decoding": run.decoding,
        "decoding_settings": run.decoding_settings,
        "questions": len(run.questions),
        "epochs": run.epochs,
    }
    return [(name, str(value)) for name, value in _flat({**known, **(run.record or {})})]


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def on_paper(caption: str) -> str:
    """A figure's caption for a format without tooltips."""
    return caption.replace("in the tooltip", "in the tables")
