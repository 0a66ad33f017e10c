"""Where structures lie in phantoms: `data/positions.csv`, written by `make`, read once.

Columns: region (torso, knee); structure; phantoms (how many of PHANTOMS have it); x_mm, y_mm, z_mm: mean
position of its centroid, from the region's landmark, along RAS+ axes; in a knee x runs towards lateral.

The phantoms are of a seed of their own (ours), so that no body of a benchmark of phantoms, which has seed 0
unless it is told otherwise, is in the table. They are made by the same formulas all the same: on phantoms
the table knows more than anybody may know of patients.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from misground.anatomy import AXES, Axis
from misground.errors import WorkError
from misground.evaluation.prior.words import word_of
from misground.questions.truth import THRESHOLDS
from misground.records import Region

PHANTOMS: Final = 20
"""Of each kind."""
SEED: Final = 6714
LANDMARKS: Final[Mapping[Region, str]] = {"torso": "vertebrae", "knee": "femoral_cartilage"}
"""In every phantom, and amid the others. Between two structures that all phantoms have, it moves nothing."""
HEADER: Final = ("region", "structure", "phantoms", "x_mm", "y_mm", "z_mm")

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Position:
    """Mean place of a structure, mm from its region's landmark; in a knee x runs towards lateral."""

    region: Region
    phantoms: int
    mm: Triple


@dataclass(frozen=True)
class Lean:
    """Structure A lies, on the mean, so many mm towards `word` from structure B."""

    word: str
    mm: float


def lean(positions: Mapping[str, Position], structure_a: str, structure_b: str, axis: Axis) -> Lean | None:
    """Where A lies from B on the mean.

    None where a structure is missing, the regions differ, or the mean places lie nearer to each other than
    those of two structures that a question may be asked about.
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
    """Structure key -> position, from a table in the form of `data/positions.csv`.

    Raises WorkError for another header or a line that does not parse.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != HEADER:
        raise WorkError(f"positions.csv: found columns {reader.fieldnames}, expected {', '.join(HEADER)}")
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
    """The table that ships with the package, as it is written."""
    data = files("misground.evaluation.prior") / "data" / "positions.csv"
    return data.read_text(encoding="utf-8")


@cache
def shipped_positions() -> Mapping[str, Position]:
    """The table that ships with the package."""
    return parse_positions(positions_text())
