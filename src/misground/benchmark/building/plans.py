"""Plans of cases on disk: what a killed build does not have to work out again."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from misground.benchmark.building.archives import Arrays, read_archive, write_archive
from misground.benchmark.places import Place
from misground.questions import CasePlan
from misground.questions.candidates import DTYPE


@dataclass(frozen=True)
class StoredPlan:
    """A planned case: its row of cases.parquet and its plan; or the reason why it is skipped.

    names: structure key -> English name. extensions: keys outside the benchmark's 67 + 10. contradiction:
    what the anatomical self-check found in a case that is kept all the same.
    """

    case_row: dict[str, Any] | None
    plan: CasePlan | None
    names: dict[str, str]
    extensions: tuple[str, ...]
    reason: str | None = None
    contradiction: str | None = None


def save_plan(stored: StoredPlan, key: str, path: Place) -> None:
    """Write a plan; `key` says what it was made from."""
    about: dict[str, Any] = {
        "reason": stored.reason,
        "case": stored.case_row,
        "names": stored.names,
        "extensions": stored.extensions,
        "contradiction": stored.contradiction,
    }
    arrays: dict[str, Any] = {}
    if stored.plan is not None:
        plan = stored.plan
        about |= {"region": plan.region, "side": plan.side}
        arrays = {
            "first_slices": plan.first_slices,
            "last_slices": plan.last_slices,
            "candidates": plan.candidates,
        }
    write_archive(path, key, about, arrays)


def load_plan(path: Place, key: str) -> StoredPlan | None:
    """A stored plan, or None where there is none, it is damaged, or it was made from something else."""
    return read_archive(path, key, _stored)


def _stored(about: dict[str, Any], arrays: Arrays) -> StoredPlan:
    return StoredPlan(
        case_row=about["case"],
        plan=_plan(about, arrays) if about["reason"] is None else None,
        names=about["names"],
        extensions=tuple(about["extensions"]),
        reason=about["reason"],
        contradiction=about["contradiction"],
    )


def _plan(about: dict[str, Any], arrays: Arrays) -> CasePlan:
    row = about["case"]
    x, y, z = row["shape"]
    dx, dy, dz = row["spacing_mm"]
    candidates = arrays["candidates"]
    if candidates.dtype != DTYPE:
        raise ValueError("candidates of another version")
    return CasePlan(
        case_id=row["case_id"],
        modality=row["modality"],
        region=about["region"],
        side=about["side"],
        shape=(x, y, z),
        spacing_mm=(dx, dy, dz),
        structures=tuple(row["structures"]),
        first_slices=arrays["first_slices"],
        last_slices=arrays["last_slices"],
        candidates=cast("np.ndarray[Any, np.dtype[np.void]]", candidates),
    )
