"""A table of the report: what it asks, its rows, and what to know before reading it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from misground.analysis.accuracy import Estimate
from misground.analysis.breaks import StepRow
from misground.analysis.ceilings import UNKNOWN, Ceilings
from misground.analysis.comparisons import Comparison
from misground.analysis.consistency import ConsistencyRow
from misground.analysis.difficulty import DistanceRow
from misground.analysis.evidence_curve import CurvePoint
from misground.analysis.faults import FaultRow
from misground.analysis.flips import FlipRow
from misground.analysis.held_tables import CalibrationRow, HeldRow
from misground.analysis.planned import Contrast
from misground.analysis.position import PositionRow
from misground.analysis.screen import Agreed
from misground.analysis.shift import ShiftRow


@dataclass(frozen=True)
class EstimateRow:
    """The accuracy of one run in one cell.

    Attributes:
        run: name of the run.
        cell: name of the cell.
        estimate: the accuracy.
        published: the paper's figure for the cell as text; None if there is none.
        ceilings: what is reached on the same questions without reading the picture.
    """

    run: str
    cell: str
    estimate: Estimate
    published: str | None = None
    ceilings: Ceilings = UNKNOWN


@dataclass(frozen=True)
class ComparisonRow:
    """A difference within one run, or between two runs, in one cell.

    Attributes:
        run: name of the run, or of both runs.
        cell: name of the cell, with what is compared.
        comparison: the difference.
        published: the paper's figure for the cell as text; None if there is none.
    """

    run: str
    cell: str
    comparison: Comparison
    published: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        name: stem of its CSV file.
        title: the heading.
        asks: the question that it answers.
        estimates: accuracies.
        comparisons: differences.
        calibrations: how well probabilities fit.
        held: what was said beside what was held likely.
        consistency: how alike the wordings of an item are answered, and contradictions.
        positions: how often each place in the list of options is chosen.
        distances: accuracy by distance.
        notes: what to know before reading it.
        contrasts: planned contrasts.
        flips: flipped steps.
        steps: the steps from perceiving to saying.
        faults: named faults, and what the data leave open.
        curves: accuracy against the evidence; drawn and written, not printed.
        agreed: items that all models have right or wrong.
        shifts: how contrasts of arms fall on opposite words.
    """

    name: str
    title: str
    asks: str
    estimates: Sequence[EstimateRow] = ()
    comparisons: Sequence[ComparisonRow] = ()
    calibrations: Sequence[CalibrationRow] = ()
    held: Sequence[HeldRow] = ()
    consistency: Sequence[ConsistencyRow] = ()
    positions: Sequence[PositionRow] = ()
    distances: Sequence[DistanceRow] = ()
    notes: Sequence[str] = field(default=())
    contrasts: Sequence[Contrast] = ()
    flips: Sequence[FlipRow] = ()
    steps: Sequence[StepRow] = ()
    faults: Sequence[FaultRow] = ()
    curves: Sequence[CurvePoint] = ()
    agreed: Sequence[Agreed] = ()
    shifts: Sequence[ShiftRow] = ()

    @property
    def empty(self) -> bool:
        """Whether the table has no rows."""
        return not (
            self.estimates or self.comparisons or self.calibrations or self.held
            or self.contrasts or self.consistency or self.positions or self.distances or self.shifts
            or self.flips
            or self.steps or self.faults or self.agreed
        )  # fmt: skip
