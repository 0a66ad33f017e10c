"""Write `data/traits.csv`, identical to the byte on every machine.

    python -m misground.prior.make_traits [-o FILE]

This takes a quarter of a minute. Run it again when the phantoms change.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, structure_table
from misground.prior.positions import LANDMARKS, PHANTOMS, SEED
from misground.prior.tables import phantom_table, write_table
from misground.prior.traits import HEADER
from misground.questions.plan import measure_case
from misground.records import Case, Region

DATA: Final = Path(__file__).with_name("data") / "traits.csv"


def measures(case: Case) -> dict[str, NDArray[np.float64]]:
    """Structure key -> (7,) the MEASURES of a body; x is mirrored in a left knee."""
    measured = measure_case(case)
    mm, spreads = measured.centroids_mm(), measured.spreads_mm()
    keys = [structure.key for structure in case.structures]
    mirror = np.array([-1.0 if case.facts.side == "left" else 1.0, 1.0, 1.0])
    away = (mm - mm[keys.index(LANDMARKS[case.facts.region])]) * mirror
    ml = measured.voxels() * np.prod(case.facts.spacing_mm) / 1000
    table = np.column_stack([away, np.log(ml), np.log(spreads)])
    return dict(zip(keys, table, strict=True))


def rows(region: Region, cases: Iterable[Case]) -> list[str]:
    """Make the lines of a region, in the order of the structure table."""
    found: dict[str, list[NDArray[np.float64]]] = {}
    for case in cases:
        for key, values in measures(case).items():
            found.setdefault(key, []).append(values)
    lines = []
    for key in sorted(found, key=structure_table().rank):
        values = np.array(found[key])
        lines.append(",".join((region, key, *_numbers(values.mean(axis=0)), *_numbers(values.std(axis=0)))))
    return lines


def _numbers(values: Sequence[float] | NDArray[np.float64]) -> list[str]:
    # Tenths of a millimetre for places, hundredths for logarithms; + 0.0 turns -0.0 into 0.0.
    digits = [1] * len(AXES) + [2] * (1 + len(AXES))
    return [f"{round(float(v), n) + 0.0:.{n}f}" for v, n in zip(values, digits, strict=True)]


def table_text(phantoms: int = PHANTOMS, seed: int = SEED) -> str:
    """Make the whole table.

    Args:
        phantoms: Number of phantoms per region.
        seed: Seed of the phantoms.
    """
    return phantom_table(HEADER, rows, phantoms, seed)


def main() -> None:
    """Write the table."""
    write_table(
        "python -m misground.prior.make_traits",
        "Write the sizes and places of structures in phantoms, for the self-check.",
        DATA,
        table_text,
    )


if __name__ == "__main__":
    main()
