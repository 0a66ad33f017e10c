"""Plans of cases on disk: what a killed build does not have to work out again."""

import io
import json
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from misground.benchmark.files import replacing
from misground.benchmark.places import Place, read_bytes
from misground.errors import MisgroundError
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
    meta = {
        "key": key,
        "reason": stored.reason,
        "case": stored.case_row,
        "names": stored.names,
        "extensions": stored.extensions,
        "contradiction": stored.contradiction,
    }
    arrays: dict[str, Any] = {"meta": np.frombuffer(json.dumps(meta).encode("utf-8"), np.uint8)}
    if stored.plan is not None:
        plan = stored.plan
        meta_plan = {"region": plan.region, "side": plan.side}
        arrays |= {
            "plan": np.frombuffer(json.dumps(meta_plan).encode("utf-8"), np.uint8),
            "first_slices": plan.first_slices,
            "last_slices": plan.last_slices,
            "candidates": plan.candidates,
        }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_plan(path: Place, key: str) -> StoredPlan | None:
    """A stored plan, or None where there is none, it is damaged, or it was made from something else."""
    try:
        content = read_bytes(path)
        if content is None:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta["key"] != key:
                return None
            plan = _plan(arrays, meta["case"]) if meta["reason"] is None else None
            return StoredPlan(
                case_row=meta["case"],
                plan=plan,
                names=meta["names"],
                extensions=tuple(meta["extensions"]),
                reason=meta["reason"],
                contradiction=meta["contradiction"],
            )
    except MisgroundError:
        raise
    except Exception:  # a damaged file may end in any
        return None


def _plan(arrays: Any, row: dict[str, Any]) -> CasePlan:
    meta = json.loads(arrays["plan"].tobytes())
    x, y, z = row["shape"]
    dx, dy, dz = row["spacing_mm"]
    candidates = arrays["candidates"]
    if candidates.dtype != DTYPE:
        raise ValueError("candidates of another version")
    return CasePlan(
        case_id=row["case_id"],
        modality=row["modality"],
        region=meta["region"],
        side=meta["side"],
        shape=(x, y, z),
        spacing_mm=(dx, dy, dz),
        structures=tuple(row["structures"]),
        first_slices=arrays["first_slices"],
        last_slices=arrays["last_slices"],
        candidates=cast("np.ndarray[Any, np.dtype[np.void]]", candidates),
    )
