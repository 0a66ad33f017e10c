"""Planning a case: measure it once, then list all its possible items."""

import numpy as np

from misground.anatomy import AXES
from misground.questions.candidates import asked_relations
from misground.questions.items import CasePlan
from misground.questions.measure import Measurements, measure
from misground.questions.plan_2d import plan_2d
from misground.questions.plan_3d import plan_3d
from misground.questions.truth import MOST_COUNTED
from misground.records import Case


def measure_case(case: Case) -> Measurements:
    """The measurements of a case's label map."""
    return measure(case.labels, len(case.structures), case.facts.spacing_mm)


def plan_case(case: Case, measured: Measurements, *, allow_name_hints: bool = False) -> CasePlan:
    """All candidates of a case, independent of the memory layout of its arrays."""
    asked = asked_relations(case, measured, allow_name_hints=allow_name_hints)
    return CasePlan(
        facts=case.facts,
        in_slices=tuple(measured.counted(axis, MOST_COUNTED) for axis in AXES),
        candidates=np.concatenate([plan_3d(case, measured, asked), plan_2d(case, measured, asked)]),
    )
