"""Where structures lie in phantoms: `data/positions.csv`, written by `make`, read once.

Columns: region (torso, knee); structure; phantoms (how many of PHANTOMS have it); x_mm, y_mm, z_mm: mean
position of its centroid, from the region's landmark, along RAS+ axes; in a knee x runs towards lateral.

The phantoms have a seed of their own (our choice), so that no body of a phantom benchmark, whose default seed
is 0, is in the table. Still, both come from the same formulas: on phantoms, the table knows more than anyone
can know about patients.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from misground.anatomy import AXES, Axis
from misground.errors import WorkError
from misground.prior.words import word_of
from misground.questions.truth import THRESHOLDS
from misground.records import Region

PHANTOMS: Final = 20
"""Number of phantoms per region."""
SEED: Final = 6714
LANDMARKS: Final[Mapping[Region, str]] = {"torso": "vertebrae", "knee": "femoral_cartilage"}
"""Origin of the positions: a central structure that every phantom has. The difference between two structures
that all phantoms have does not depend on it."""
HEADER: Final = ("region", "structure", "phantoms", "x_mm", "y_mm", "z_mm")

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Position:
    """Mean position of a structure.

    Attributes:
        region: Region that the structure belongs to.
        phantoms: Number of phantoms that have it.
        mm: Position in mm from the region's landmark, along RAS+ axes; in a knee x runs towards lateral.
    """

    region: Region
    phantoms: int
    mm: Triple


@dataclass(frozen=True)
class Lean:
    """Structure A lies, on average, `mm` millimetres towards `word` from structure B."""

    word: str
    mm: float


def lean(positions: Mapping[str, Position], structure_a: str, structure_b: str, axis: Axis) -> Lean | None:
    """Return where structure A lies from structure B on average.

    Args:
        positions: Structure key -> position.
        structure_a: Key of A.
        structure_b: Key of B.
        axis: Axis to compare along.

    Returns:
        None if a structure is missing, the regions differ, or the mean positions are closer together than the
        distance that a question requires.
    """
    a, b = positions.get(structure_a), positions.get(structure_b)
    if a is None or b is None or a.region != b.region:
        return None
    index = AXES.index(axis)
    delta = a.mm[index] - b.mm[index]
    if abs(delta) < THRESHOLDS[a.region].distance_mm:
        return None
    word = word_of(axis, 1 if delta > 0 else -1, in_knee=a.region == "knee")
    return Lean(word, abs(delta))


def parse_positions(text: str) -> dict[str, Position]:
    """Parse a table in the format of `data/positions.csv`.

    Returns:
        Structure key -> position.

    Raises:
        WorkError: The header differs, or a line does not parse.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != HEADER:
        raise WorkError(f"positions.csv has the columns {reader.fieldnames}, expected {', '.join(HEADER)}")
    positions: dict[str, Position] = {}
    for row in reader:
        try:
            region = cast("Region", row["region"])
            THRESHOLDS[region]
            mm = (float(row["x_mm"]), float(row["y_mm"]), float(row["z_mm"]))
            positions[row["structure"]] = Position(region, int(row["phantoms"]), mm)
        except (KeyError, TypeError, ValueError) as error:
            raise WorkError(f"positions.csv: line {reader.line_num} does not parse: {error!r}") from error
    return positions


def positions_text() -> str:
    """Read the text of the table in the package."""
    data = files("misground.prior") / "data" / "positions.csv"
    return data.read_text(encoding="utf-8")


@cache
def shipped_positions() -> Mapping[str, Position]:
    """Return the table in the package, read once."""
    return parse_positions(positions_text())
