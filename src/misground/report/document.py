"""What a report holds, whatever it is written as: findings, then tables and figures, then the run records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from misground.analysis.figures import Figure, figures
from misground.analysis.published import published
from misground.analysis.results import Run
from misground.analysis.tables import Table, all_cells, paper_tables
from misground.report.cells import Grid, grids
from misground.report.facts import cautions, facts
from misground.report.findings import Finding, findings

LEGEND: Final = (
    "The unit is the question: the mean over its epochs. k/n: right of scored. no answer and refused count "
    "as wrong; an error is in no n.",
    "95% credible: the middle of Beta(1 + k, 1 + n - k), as if questions were independent; where all are "
    "right it ends just below 100. 95% clustered: allows for questions of one case (where none shows a "
    "picture: of one pair of structures and axis), with the number of clusters; none where there is one "
    "cluster, or where all questions are alike.",
    "decoding noise on these questions: where the accuracy of another run on the same questions would lie "
    "(three epochs or more).",
    "Differences are taken pair by pair. P(B better): Bayesian bootstrap over cases, 10,000 draws; with "
    "fewer than ten cases from the pairs on which one side alone is right, and it says so. With several "
    "epochs the four outcomes are expected counts.",
)


@dataclass(frozen=True)
class Section:
    """A table with what is drawn of it."""

    table: Table
    grids: Sequence[Grid]
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Document:
    """A report.

    facts: which benchmarks, versions and days. cells: every level of every factor; too long to read, kept as
    a file. records: of each run, flat.
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
    def grouped(self) -> list[tuple[str, str, list[str]]]:
        """The findings by table: its name, its title, the sentences."""
        titles = {section.table.name: section.table.title for section in self.sections}
        groups: dict[str, list[str]] = {}
        for finding in self.findings:
            groups.setdefault(finding.table, []).append(finding.text)
        return [
            (name, titles.get(name, "How much weight they bear"), texts) for name, texts in groups.items()
        ]

    @property
    def all_figures(self) -> list[Figure]:
        """Those of sections and the rest."""
        return [figure for section in self.sections for figure in section.figures] + list(self.figures)


def document(runs: Sequence[Run]) -> Document:
    """The report of some runs: models first, then our baselines."""
    runs = sorted(runs, key=lambda run: run.baseline)
    tables = paper_tables(runs)
    drawn = figures(runs)
    sections = [
        Section(
            table, grids(table), [figure for figure in drawn if figure.name in _BESIDE.get(table.name, ())]
        )
        for table in tables
    ]
    placed = {figure.name for section in sections for figure in section.figures}
    paper = published()
    return Document(
        title="MIS-Ground report",
        facts=facts(runs),
        cautions=cautions(runs),
        findings=findings(runs, tables),
        legend=[
            *LEGEND,
            f"published: printed in the paper, of {paper.model} on its own questions ({paper.source}).",
        ],
        sections=sections,
        figures=[figure for figure in drawn if figure.name not in placed],
        cells=all_cells(runs),
        records=[(run.name, _record(run)) for run in runs],
    )


_BESIDE: Final[Mapping[str, Sequence[str]]] = {
    "overall": ("accuracy-by-size", "outcome-shares"),
    "decoding": ("semantic-sampling-steps",),
    "rq1": ("forest-of-cells",),
    "rq2": ("terms-by-coordinates", "confusion-anatomical", "confusion-colloquial"),
    "rq3": ("marks-by-terms",),
}
"""Which figures stand beside which table; all others come at the end."""


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
    """A figure's caption where there are no tooltips."""
    return caption.replace("in the tooltip", "in the tables")
