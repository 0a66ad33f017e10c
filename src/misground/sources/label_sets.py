"""The values of the known label sets, and the class names of TotalSegmentator's tasks.

The sets of the benchmark's own structures are columns of `anatomy/data/structures.csv`. Further published
sets are in `data/label_sets.csv` (set, value, name), where the names decide what a value means, and
`data/label_set_sources.csv` says where the values come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Final

from misground.anatomy import LABEL_SETS, Structure, structure_table
from misground.anatomy.label_names import match_names
from misground.records import Region
from misground.sources.tables import Table, read_table

_CLASSES: Final = "totalsegmentator_classes.csv"
_PUBLISHED: Final = "label_sets.csv"
# Values of the OAI sets that do not identify a structure: the whole tibial cartilage, and the menisci, which
# swap with the side of the knee.
_WITHOUT_STRUCTURE: Final[Mapping[str, frozenset[int]]] = {"oai_zib": frozenset({4, 5, 6})}


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
def known_sets() -> tuple[str, ...]:
    """The names of all label sets."""
    published = dict.fromkeys(row.get("set") for row in data_table(_PUBLISHED).rows)
    return (*LABEL_SETS, *published)


@cache
def label_values(name: str) -> LabelValues:
    """The values of a label set. Raises KeyError for an unknown one."""
    if name not in LABEL_SETS:
        return _published(name)
    structures = structure_table().label_set(name)
    ignored = frozenset(class_values(name).values()) | _WITHOUT_STRUCTURE.get(name, frozenset())
    region: Region = "torso" if name.startswith("total") else "knee"
    return LabelValues(structures, ignored - structures.keys(), region)


def set_names(name: str) -> dict[int, str]:
    """Label value -> name in a set of `data/label_sets.csv`. Raises KeyError for an unknown one."""
    if name not in known_sets():
        raise KeyError(name)
    rows = (row for row in data_table(_PUBLISHED).rows if row.get("set") == name)
    return {int(row.get("value")): row.get("name") for row in rows}


def _published(name: str) -> LabelValues:
    names = set_names(name)
    table = structure_table().structures
    keys = {value: key for value, match in match_names(names, "torso").items() if (key := match.key)}
    return LabelValues(
        structures={value: table[key] for value, key in keys.items()},
        ignored=frozenset(names.keys() - keys.keys()),
        region="torso",
    )


@cache
def class_values(task: str) -> Mapping[str, int]:
    """Class name -> label value in a TotalSegmentator task (total, total_v1, total_v3, total_mr ...)."""
    own = {
        row.get("class"): int(row.get("label"))
        for row in data_table(_CLASSES).rows
        if row.get("task") == task
    }
    published = data_table(_PUBLISHED).rows if not own and task.startswith("total") else ()
    return own | {row.get("name"): int(row.get("value")) for row in published if row.get("set") == task}


@cache
def data_table(name: str) -> Table:
    """A CSV file that ships with the package, in `sources/data`."""
    with as_file(files("misground.sources") / "data" / name) as path:
        return read_table(path)
