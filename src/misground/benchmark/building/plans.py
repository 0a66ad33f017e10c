"""Plans of cases on disk, so that an interrupted build does not compute them again."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from misground.anatomy import AXES
from misground.benchmark.building.archives import Arrays, read_archive, write_archive
from misground.benchmark.places import Place
from misground.questions import CasePlan
from misground.questions.candidates import DTYPE
from misground.records import CaseFacts


@dataclass(frozen=True)
class StoredPlan:
    """The plan of a usable case, or the reason why the case is skipped.

    Attributes:
        plan: the plan; None if the case is skipped.
        names: structure key -> English name.
        extensions: keys outside the benchmark's 67 CT and 10 MRI structures.
        reason: why the case is skipped; None if it is usable.
        contradiction: what the anatomical self-check found in a case that is kept nevertheless.
        notes: what the readers of its files left out.
    """

    plan: CasePlan | None
    names: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    reason: str | None = None
    contradiction: str | None = None
    notes: tuple[str, ...] = ()


def save_plan(stored: StoredPlan, key: str, path: Place) -> None:
    """Write a plan; `key` is a digest of its inputs."""
    about: dict[str, Any] = {
        "reason": stored.reason,
        "names": stored.names,
        "extensions": stored.extensions,
        "contradiction": stored.contradiction,
        "notes": stored.notes,
    }
    arrays: dict[str, Any] = {}
    if stored.plan is not None:
        plan = stored.plan
        about["case"] = plan.facts.row()
        arrays = {
            "candidates": plan.candidates,
            **{f"in_slices_{axis}": counts for axis, counts in zip(AXES, plan.in_slices, strict=True)},
        }
    write_archive(path, key, about, arrays)


def load_plan(path: Place, key: str) -> StoredPlan | None:
    """A stored plan; None if there is none, it is damaged, or its inputs were different."""
    return read_archive(path, key, _stored)


def _stored(about: dict[str, Any], arrays: Arrays) -> StoredPlan:
    return StoredPlan(
        plan=_plan(about, arrays) if about["reason"] is None else None,
        names=about["names"],
        extensions=tuple(about["extensions"]),
        reason=about["reason"],
        contradiction=about["contradiction"],
        notes=tuple(about.get("notes", ())),
    )


def _plan(about: dict[str, Any], arrays: Arrays) -> CasePlan:
    candidates = arrays["candidates"]
    if candidates.dtype != DTYPE:
        raise ValueError("candidates of another version")
    return CasePlan(
        facts=CaseFacts.from_row(about["case"]),
        in_slices=tuple(arrays[f"in_slices_{axis}"] for axis in AXES),
        candidates=cast("np.ndarray[Any, np.dtype[np.void]]", candidates),
    )
