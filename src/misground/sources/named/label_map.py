"""`--map FILE`: the user's own table of what the names of labels mean.

- Required columns: label (the name as the files have it; capitals, blanks and punctuation make no difference;
  or a label value); structure (a key of the structure table, or a new key declared here; if empty, the label
  is not used).
- For a declared key: name, side, pair, lay_name, as in `labels.csv`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.anatomy import Structure
from misground.anatomy.label_words import plain
from misground.errors import UsageError
from misground.sources.labelmap.label_table import declared_structures
from misground.sources.tables import Row, read_table

OPTION: Final = "map"
_REQUIRED: Final = ("label", "structure")
_OPTIONAL: Final = ("name", "side", "pair", "lay_name")


@dataclass(frozen=True)
class LabelMap:
    """The user's table.

    Attributes:
        structures: name in plain form, or value -> structure; None if the label is not used.
    """

    structures: Mapping[str | int, Structure | None]

    def find(self, name: str, value: int | None) -> tuple[bool, Structure | None]:
        """Whether the table has a label, by its value or name, and its structure."""
        for key in (value, plain(name)):
            if key is not None and key in self.structures:
                return True, self.structures[key]
        return False, None


def read_label_map(path: str, region: str) -> LabelMap:
    """Read and check a table of labels.

    Args:
        path: the file as the user gave it.
        region: the region of declared structures.

    Raises:
        UsageError: with file and line, for a file that cannot be read, wrong columns, an empty label, a label
            given twice, or what `labels.csv` may not have either.
    """
    table = read_table(Path(path).expanduser(), _REQUIRED, _OPTIONAL)
    keys: dict[str | int, str] = {}
    lines: dict[str, list[Row]] = {}
    for row in table.rows:
        label = row.get("label")
        key: str | int = int(label) if label.isascii() and label.isdigit() else plain(label)
        if key == "":
            raise UsageError(f"{table.name}, line {row.line}: label is {label!r}, expected a name or a value")
        if key in keys:
            raise UsageError(f"{table.name}, line {row.line}: label {label!r} is given twice, expected once")
        keys[key] = row.get("structure")
        lines.setdefault(row.get("structure"), []).append(row)
    structures = declared_structures(table, lines, region)
    return LabelMap({label: structures.get(key) for label, key in keys.items()})
