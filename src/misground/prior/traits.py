"""How large structures are and where they lie: `data/traits.csv`, written by `make_traits`, read once.

Columns: region (torso, knee); structure; then, over phantoms, mean and standard deviation of: the position of
its centroid from the region's landmark along RAS+ axes in mm (in a knee x runs towards lateral); the natural
logarithm of its volume in ml; and the logarithm of its spread along each axis (the standard deviation of its
voxels, in mm).

Phantoms are made up, so real bodies differ from them by more than phantoms differ from each other: who uses
the table widens its deviations. In the one real torso at hand, the structures that are not cut by the border
of the scan have 0.35 to 2.4 times the volume that the table gives.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from misground.errors import WorkError
from misground.records import Region

MEASURES: Final = ("x_mm", "y_mm", "z_mm", "log_ml", "log_spread_x", "log_spread_y", "log_spread_z")
HEADER: Final = ("region", "structure", *MEASURES, *(f"{name}_sd" for name in MEASURES))


@dataclass(frozen=True)
class Traits:
    """Mean and standard deviation of each of MEASURES, in their order."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]


def parse_traits(text: str) -> dict[tuple[str, str], Traits]:
    """Parse a table in the format of `data/traits.csv`: (region, structure key) -> traits.

    Raises:
        WorkError: The header differs, or a line does not parse.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != HEADER:
        raise WorkError(f"traits.csv has the columns {reader.fieldnames}, expected {', '.join(HEADER)}")
    found: dict[tuple[str, str], Traits] = {}
    for row in reader:
        try:
            mean = tuple(float(row[name]) for name in MEASURES)
            deviation = tuple(float(row[f"{name}_sd"]) for name in MEASURES)
        except (TypeError, ValueError) as error:
            raise WorkError(f"traits.csv: line {reader.line_num} does not parse: {error!r}") from error
        found[row["region"], row["structure"]] = Traits(mean, deviation)
    return found


def traits_text() -> str:
    """Read the text of the table in the package."""
    return (files("misground.prior") / "data" / "traits.csv").read_text(encoding="utf-8")


@cache
def traits_of(region: Region) -> Mapping[str, Traits]:
    """Structure key -> traits, of the table in the package, read once."""
    return {key: traits for (of, key), traits in parse_traits(traits_text()).items() if of == region}
