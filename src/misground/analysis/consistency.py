"""The rows of consistency: items answered alike, contradictions, and agreement between epochs."""

from dataclasses import dataclass, replace
from typing import Final

from misground.analysis.agreement import Agreement
from misground.analysis.contradictions import CONTRADICTIONS, contradictions
from misground.analysis.repeats import repeats
from misground.analysis.results import Run
from misground.analysis.robust import Robust
from misground.analysis.stated import asked, stated
from misground.analysis.wordings import KINDS, wordings

TWO_WORDINGS: Final = "two_wordings"
EPOCHS: Final = "epochs"
WHAT: Final = (*KINDS, TWO_WORDINGS, *CONTRADICTIONS, EPOCHS)
"""What rows are about, in their order."""


@dataclass(frozen=True)
class ConsistencyRow:
    """One number on the consistency of a run.

    Attributes:
        run: name of the run.
        what: one of `WHAT`.
        k: sum over units of their share: items answered alike, pairs of answers that differ or contradict
            each other; for `EPOCHS` the pairs of replies that state the same option.
        n: number of units: items, pairs of questions, or questions.
        interval: interval of k/n.
        independent: the share that independent answers of the same accuracy would give.
        correlation: agreement beyond that, see `agreement`; None for shares of items, and where independent
            answers could not differ.
        correlation_interval: its interval.
        apart: share of pairs in which one reply states no option; None where it does not apply.
        wordings: the largest number of wordings of an item; None where it does not apply.
    """

    run: str
    what: str
    k: float
    n: int
    interval: Robust
    independent: float
    correlation: float | None = None
    correlation_interval: Robust | None = None
    apart: float | None = None
    wordings: int | None = None


def consistency_rows(run: Run) -> list[ConsistencyRow]:
    """The consistency of a run, as far as it was asked for it."""
    said = stated(run)
    questions = asked(run, said)
    rows = []
    if (items := wordings(run)) is not None:
        rows += [
            ConsistencyRow(
                run.name, kind, share.k, share.n, share.interval, share.independent, wordings=items.most
            )
            for kind, share in items.shares.items()
        ]
        rows.append(_row(run, TWO_WORDINGS, items.two))
    rows += [_row(run, one.kind, one.found, apart=one.apart) for one in contradictions(questions)]
    if run.epochs > 1 and (again := repeats(questions, said)) is not None:
        rows.append(_alike(_row(run, EPOCHS, again)))
    return rows


def _row(run: Run, what: str, found: Agreement, apart: float | None = None) -> ConsistencyRow:
    return ConsistencyRow(
        run.name, what, found.differ * found.n, found.n, found.interval, found.independent,
        found.correlation, found.correlation_interval, apart,
    )  # fmt: skip


def _alike(row: ConsistencyRow) -> ConsistencyRow:
    """The row of a share that differs, as the share that is alike."""
    found = row.interval
    low, high = (None if end is None else 1 - end for end in (found.high, found.low))
    bound = None if found.bound is None else (1 - found.bound[1], 1 - found.bound[0])
    interval = Robust(low, high, bound, found.dependence)
    return replace(row, k=row.n - row.k, independent=1 - row.independent, interval=interval)
