"""Write `data/positions.csv`, identical to the byte on every machine.

    python -m misground.prior.make [-o FILE]

This takes a few seconds. Run it again when the phantoms change.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from misground.anatomy import structure_table
from misground.prior.positions import HEADER, LANDMARKS, PHANTOMS, SEED, Triple
from misground.prior.tables import phantom_table, write_table
from misground.questions.plan import measure_case
from misground.records import Case, Region

DATA: Final = Path(__file__).with_name("data") / "positions.csv"


def centroids(case: Case) -> dict[str, Triple]:
    """Return structure key -> centroid in mm (RAS+) from the landmark; x is mirrored in a left knee."""
    mm = measure_case(case).centroids_mm()
    keys = [structure.key for structure in case.structures]
    mirror = np.array([-1.0 if case.facts.side == "left" else 1.0, 1.0, 1.0])
    away = (mm - mm[keys.index(LANDMARKS[case.facts.region])]) * mirror
    return {key: (float(x), float(y), float(z)) for key, (x, y, z) in zip(keys, away, strict=True)}


def rows(region: Region, bodies: Iterable[Mapping[str, Triple]]) -> list[str]:
    """Make the lines of a region, in the order of the structure table.

    Args:
        region: The region.
        bodies: `centroids` of each body.
    """
    places: dict[str, list[Triple]] = {}
    for body in bodies:
        for key, mm in body.items():
            places.setdefault(key, []).append(mm)
    table = structure_table()
    return [
        ",".join((region, key, str(len(places[key])), *_means(places[key])))
        for key in sorted(places, key=table.rank)
    ]


def _means(places: Sequence[Triple]) -> list[str]:
    # Tenths of a millimetre; + 0.0 turns -0.0 into 0.0.
    return [f"{round(sum(axis) / len(places), 1) + 0.0:.1f}" for axis in zip(*places, strict=True)]


def table_text(phantoms: int = PHANTOMS, seed: int = SEED) -> str:
    """Make the whole table.

    Args:
        phantoms: Number of phantoms per region.
        seed: Seed of the phantoms.
    """
    return phantom_table(HEADER, lambda region, cases: rows(region, map(centroids, cases)), phantoms, seed)


def main() -> None:
    """Write the table."""
    write_table(
        "python -m misground.prior.make",
        "Write the table of misground/anatomy-prior: where structures lie in phantoms.",
        DATA,
        table_text,
    )


if __name__ == "__main__":
    main()
