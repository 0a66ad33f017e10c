"""The rows of consistency: wordings answered alike, contradictions, twins, order, epochs, and anatomy."""

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from misground.analysis.agreement import Agreement
from misground.analysis.contradictions import ALIKE, CONTRADICTIONS, contradictions
from misground.analysis.dependence import Floats, Groups
from misground.analysis.fault_measures import Answers, answers_of
from misground.analysis.following import following
from misground.analysis.probe_twins import TWINS, TwinPairs, twin_pairs
from misground.analysis.repeats import repeats
from misground.analysis.results import Run
from misground.analysis.robust import Robust, robust_accuracy
from misground.analysis.stated import asked, stated
from misground.analysis.transitivity import triples
from misground.analysis.wordings import KINDS, wordings

TWO_WORDINGS: Final = "two_wordings"
EPOCHS: Final = "epochs"
ORDER: Final = "order"
ANATOMY: Final = "anatomy"
_PARTS: Final = ("right", "wrong")
WHAT: Final = (
    *KINDS, TWO_WORDINGS, *CONTRADICTIONS, *ALIKE,
    *(what for probe in TWINS for what in (*(f"{probe}_{part}" for part in _PARTS), probe)),
    ORDER, ANATOMY, EPOCHS,
)  # fmt: skip
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
        follows: (k, n) of these questions about which anatomy speaks against the picture: answers that follow
            anatomy, and questions; None if there are none.
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
    follows: tuple[float, int] | None = None


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
    for one in contradictions(questions):
        row = replace(_row(run, one.kind, one.found, apart=one.apart), follows=one.follows)
        rows.append(_alike(row) if one.kind in ALIKE else row)
    answers = answers_of(run)
    for probe in TWINS:
        if (pairs := twin_pairs(answers, probe)) is not None:
            rows += _twins(run, probe, pairs)
    rows += _order(run, questions) + _anatomy(run, answers)
    if run.epochs > 1 and (again := repeats(questions, said)) is not None:
        rows.append(_alike(_row(run, EPOCHS, again)))
    return rows


def _twins(run: Run, probe: str, pairs: TwinPairs) -> list[ConsistencyRow]:
    """Both right, both wrong, and the contradictions of questions and the probe that repeats them."""
    a, b = pairs.level.T
    parts = [
        (f"{probe}_right", pairs.right, a * b),
        (f"{probe}_wrong", pairs.wrong, (1 - a) * (1 - b)),
        (probe, pairs.contradiction, pairs.independent),
    ]
    rows = [_share(run, what, values, level, pairs.groups) for what, values, level in parts]
    rows[-1] = replace(rows[-1], follows=_follows(pairs.rows, probe))
    return rows


def _follows(rows: pl.DataFrame, probe: str) -> tuple[float, int] | None:
    """How often these pairs follow anatomy where it speaks against the picture; None without such pairs."""
    if "anatomy" not in rows.columns:
        return None
    sides = [("share", 0.0), ("share_probe", 1.0 if probe == "mirrored" else 0.0)]
    if probe == "mirrored":
        rows = rows.filter(pl.col("task") == "in_plane")  # the order of a stack is not anatomy's
    against = [1 - rows.filter(pl.col("anatomy") == level)[side] for side, level in sides]
    n = sum(map(len, against))
    return (float(sum(one.sum() for one in against)), n) if n else None


def _order(run: Run, questions: pl.DataFrame) -> list[ConsistencyRow]:
    found = triples(questions)
    return [] if found is None else [_share(run, ORDER, found.circle, found.independent, found.groups)]


def _anatomy(run: Run, answers: Answers) -> list[ConsistencyRow]:
    found = following(answers)
    return [] if found is None else [_share(run, ANATOMY, found.follows, found.otherwise, found.groups)]


def _share(run: Run, what: str, values: Floats, level: Floats, groups: Groups) -> ConsistencyRow:
    interval = robust_accuracy(values, groups)
    return ConsistencyRow(run.name, what, float(values.sum()), len(values), interval, float(level.mean()))


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
