"""The values of the known label sets, and the class names of TotalSegmentator's tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Final

from misground.anatomy import LabelSet, Structure, structure_table
from misground.records import Region
from misground.sources.tables import Table, read_table

_CLASSES: Final = "totalsegmentator_classes.csv"
# Values of the OAI sets that do not identify a structure: the whole tibial cartilage, and the menisci, which
# swap with the side of the knee.
_WITHOUT_STRUCTURE: Final[Mapping[LabelSet, frozenset[int]]] = {"oai_zib": frozenset({4, 5, 6})}


@dataclass(frozen=True)
class LabelValues:
    """The values of a label set.

    Attributes:
        structures: label value -> structure.
        ignored: known values without a structure.
        region: torso or knee.
    """

    structures: Mapping[int, Structure]
    ignored: frozenset[int]
    region: Region


@cache
def label_values(name: LabelSet) -> LabelValues:
    """The values of a label set."""
    structures = structure_table().label_set(name)
    ignored = frozenset(class_values(name).values()) | _WITHOUT_STRUCTURE.get(name, frozenset())
    region: Region = "torso" if name.startswith("total") else "knee"
    return LabelValues(structures, ignored - structures.keys(), region)


@cache
def class_values(task: str) -> Mapping[str, int]:
    """Class name -> label value in a TotalSegmentator task (total, total_v1, total_mr); {} for others."""
    return {
        row.get("class"): int(row.get("label"))
        for row in data_table(_CLASSES).rows
        if row.get("task") == task
    }


@cache
def data_table(name: str) -> Table:
    """A CSV file that ships with the package, in `sources/data`."""
    with as_file(files("misground.sources") / "data" / name) as path:
        return read_table(path)
