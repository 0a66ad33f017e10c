"""Which cases of a TotalSegmentator data set belong to a split, by its `meta.csv`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.errors import UsageError
from misground.sources.tables import read_table

META: Final = "meta.csv"


@dataclass(frozen=True)
class Split:
    """case_ids: those that meta.csv gives to the split. listed: all that it lists."""

    name: str
    case_ids: frozenset[str]
    listed: frozenset[str]


def read_split(directory: Path, name: str) -> Split:
    """The split `name` of `directory/meta.csv` (columns image_id, split among others).

    Raises UsageError where the file or a column is missing, or no line has that split.
    """
    path = directory / META
    if not path.is_file():
        raise UsageError(f"split={name} needs {META} with the columns image_id and split, found no {META}")
    rows = read_table(path, required=("image_id", "split")).rows
    case_ids = frozenset(row.get("image_id") for row in rows if row.get("split") == name)
    if not case_ids:
        present = sorted({row.get("split") for row in rows} - {""})
        raise UsageError(f"split={name} is not in {META}, expected one of {', '.join(present) or 'none'}")
    return Split(name, case_ids, frozenset(row.get("image_id") for row in rows))
