"""Small hand-made cases."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from misground.anatomy import Structure, structure_table
from misground.questions import CasePlan, measure_case, plan_case
from misground.records import Case, CaseFacts


def make_case(
    labels: NDArray[np.uint8],
    keys: tuple[str, ...],
    *,
    case_id: str = "case",
    spacing: tuple[float, float, float] = (2.0, 2.0, 2.0),
    region: str = "torso",
    side: str | None = None,
    axes: NDArray[np.float64] | None = None,
) -> Case:
    """A case whose scan is all zero."""
    table = structure_table().structures
    return Case(
        facts=CaseFacts(
            case_id=case_id,
            modality="ct" if region == "torso" else "mri",
            source="test",
            spacing_mm=spacing,
            shape=labels.shape,  # type: ignore[arg-type]
            oblique_degrees=0.0,
            side=side,  # type: ignore[arg-type]
            structures=keys,
        ),
        scan=np.zeros(labels.shape, np.int16),
        labels=labels,
        structures=tuple(table.get(key) or Structure(key, key, region) for key in keys),
        axes=np.eye(3) if axes is None else axes,
    )


@pytest.fixture
def case_of() -> Callable[..., Case]:
    """The function that makes a case of labels and structure keys."""
    return make_case


ORGANS = (
    "spleen", "gallbladder", "liver", "stomach", "pancreas", "esophagus", "trachea", "duodenum",
    "inferior_vena_cava", "superior_vena_cava", "heart", "urinary_bladder",
)  # fmt: skip


def blobs(seed: int, case_id: str) -> Case:
    """Twelve boxes of 8 voxels a side in seeded places of a 60-voxel cube."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((60, 60, 60), np.uint8)
    cells = rng.permutation(27)[: len(ORGANS)]
    for value, cell in enumerate(cells, start=1):
        x, y, z = (20 * (int(cell) // 9**0 % 3), 20 * (int(cell) // 3 % 3), 20 * (int(cell) // 9))
        dx, dy, dz = rng.integers(0, 12, 3)
        labels[x + dx : x + dx + 8, y + dy : y + dy + 8, z + dz : z + dz + 8] = value
    return make_case(labels, ORGANS, case_id=case_id)


@pytest.fixture(scope="session")
def plans() -> list[CasePlan]:
    """Plans of nine seeded cases."""
    cases = [blobs(seed, f"case-{seed}") for seed in range(9)]
    return [plan_case(case, measure_case(case)) for case in cases]
