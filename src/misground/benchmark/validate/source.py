"""The checks that need the original scans."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from misground.anatomy import slice_axis_index
from misground.benchmark.check import case_verdict, has_scan
from misground.benchmark.hiding import hide_names
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.label_map import LabelMap
from misground.benchmark.validate.record import ItemRecord
from misground.benchmark.validate.source_truth import check_stack, check_truth
from misground.benchmark.validate.source_views import (
    check_source_marks,
    check_source_pictures,
    draw_again,
)
from misground.errors import CaseError, one_case
from misground.questions import measure_case
from misground.records import Case, CaseFacts, CaseRef
from misground.volumes import intensity_window, load_case

_CLOSE: Final = 1e-9


@dataclass(frozen=True)
class SourceChecks:
    """A loaded case with which items are compared."""

    labels: LabelMap
    window: tuple[float, float]

    @classmethod
    def open(
        cls, ref: CaseRef, stored: CaseFacts, settings: BuildSettings
    ) -> tuple["SourceChecks | None", list[str]]:
        """Load a case and check its row of cases.parquet.

        Returns:
            The checks, None if the case cannot be loaded, and the problems.
        """
        try:
            with one_case():
                case = load_case(ref, max_oblique_degrees=settings.max_oblique_degrees)
                window = intensity_window(case, settings.window)
                verdict = case_verdict(case, measure_case(case), with_scan=has_scan(ref))
        except CaseError as error:
            reason = hide_names(str(error)) if settings.hash_case_ids else str(error)
            return None, [unusable_source(stored.case_id, reason)]
        problems = list(case_problems(stored, case))
        if verdict.contradicts and not settings.keep_contradicting:
            problems.append(f"case {stored.case_id} contradicts the anatomy or its labels: {verdict.reason}")
        return cls(LabelMap(case), window), problems

    @property
    def names(self) -> dict[str, str]:
        """Structure key -> English name, declared structures included."""
        return {structure.key: structure.name for structure in self.labels.case.structures}

    def check(self, record: ItemRecord, *, views: bool) -> Iterator[tuple[str, Sequence[str], str]]:
        """(check, problems, unit) for one item; with `views`, for its views, too."""
        asked = (record.first.structure_a, record.first.structure_b)
        unknown = [key for key in asked if key is not None and key not in self.names]
        if unknown:
            yield "source_truth", [f"{record.label}: the scan has no {', '.join(unknown)}"], "items"
            return
        if self._outside(record):
            yield "source_stacks", [f"{record.label}: it has slices that the scan does not have"], "items"
            return
        yield "source_truth", list(check_truth(record, self.labels)), "items"
        yield "source_stacks", list(check_stack(record, self.labels)), "items"
        if not views:
            return
        yield from self.check_views(record)

    def check_views(self, record: ItemRecord) -> Iterator[tuple[str, Sequence[str], str]]:
        """(check, problems, unit) for the views of an item."""
        drawn = draw_again(record, self.labels, self.window)
        if isinstance(drawn, str):
            yield "source_pictures", [drawn], "frames"
            return
        yield "source_marks", list(check_source_marks(record, self.labels, drawn)), "views"
        yield "source_pictures", list(check_source_pictures(record, drawn)), "frames"

    def _outside(self, record: ItemRecord) -> bool:
        """Whether any slice lies outside the scan, in the plane of its view or of its question."""
        shape = self.labels.case.facts.shape
        for view in record.views:
            count = min(shape[slice_axis_index(plane)] for plane in (view.plane, record.first.plane))
            if not all(0 <= index < count for index in view.slices):
                return True
        return False


def unusable_source(case_id: str, reason: str) -> str:
    """The problem of a case whose scan or labels cannot be read."""
    return f"case {case_id}: its source cannot be used: {reason}"


def case_problems(stored: CaseFacts, case: Case) -> Iterator[str]:
    """Differences between a row of cases.parquet and the loaded case."""
    for column in ("modality", "source", "side", "shape", "structures"):
        found, wanted = getattr(stored, column), getattr(case.facts, column)
        if found != wanted:
            yield f"case {stored.case_id}: {column} is {found}, but {wanted} in its scan"
    found_numbers = (*stored.spacing_mm, stored.oblique_degrees)
    wanted_numbers = (*case.facts.spacing_mm, case.facts.oblique_degrees)
    pairs = zip(found_numbers, wanted_numbers, strict=True)
    if not all(math.isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE) for a, b in pairs):
        yield (
            f"case {stored.case_id}: spacing_mm and oblique_degrees are {found_numbers}, "
            f"but {wanted_numbers} in its scan"
        )
