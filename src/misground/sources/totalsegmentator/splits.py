"""The splits of a TotalSegmentator data set, from its `meta.csv`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.errors import UsageError
from misground.sources.files import same_text
from misground.sources.tables import read_table

META: Final = "meta.csv"


@dataclass(frozen=True)
class Split:
    """A split of the data set.

    Attributes:
        name: name of the split.
        case_ids: the cases of the split in meta.csv.
        listed: all cases in meta.csv.
    """

    name: str
    case_ids: frozenset[str]
    listed: frozenset[str]


def read_split(directory: Path, name: str) -> Split:
    """The split `name` in `directory/meta.csv` (with the columns image_id and split).

    Raises:
        UsageError: the file or a column is missing, or no line has that split.
    """
    path = directory / META
    if not path.is_file():
        raise UsageError(
            f"split={name} needs {META} with the columns image_id and split, but there is no {META}"
        )
    rows = read_table(path, required=("image_id", "split")).rows
    case_ids = frozenset(same_text(row.get("image_id")) for row in rows if row.get("split") == name)
    if not case_ids:
        present = sorted({row.get("split") for row in rows} - {""})
        raise UsageError(f"split={name} is not in {META}, expected one of {', '.join(present) or 'none'}")
    return Split(name, case_ids, frozenset(same_text(row.get("image_id")) for row in rows))
