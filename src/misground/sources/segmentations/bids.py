"""The table of a BIDS segmentation: `*_dseg.tsv` beside `*_dseg.nii.gz`, or higher up in the data set.

Columns: index and name, and others that are not read. A table applies to the segmentations in its folder and
below whose name has all its entities (the inheritance principle); the nearest one counts. Source: BIDS
specification, derivatives, "Imaging data types: discrete segmentations" and "Common image-derived labels".
"""

import csv
import re
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.sources.files import volume_stem

_ENDING: Final = "dseg.tsv"
MOST_BYTES: Final = 4 << 20
_MAX_VALUE: Final = 65_535
_ENTITY: Final = re.compile(r"[a-zA-Z0-9]+-[a-zA-Z0-9]+")


def find_table(path: Path, directory: Path) -> Path | None:
    """The table of a segmentation; None if there is none.

    Args:
        path: the segmentation.
        directory: the data set's folder, above which nothing is looked at.
    """
    own = set(_ENTITY.findall(volume_stem(path.name) or ""))
    place = path.parent
    while True:
        tables = [table for table in sorted(place.iterdir()) if table.name.lower().endswith(_ENDING)]
        fits = [table for table in tables if set(_ENTITY.findall(table.stem)) <= own and table.is_file()]
        if fits:
            return max(fits, key=lambda table: len(_ENTITY.findall(table.stem)))
        if place == directory or directory not in place.parents:
            return None
        place = place.parent


def read_names(table: Path) -> dict[int, str]:
    """Label value -> name, without the background.

    Raises:
        CaseError: with the file's name: no such columns, a value that is no label value or is given twice.
    """
    try:
        size = table.stat().st_size
        if size > MOST_BYTES:
            raise CaseError(f"{table.name!r} has {size} bytes; expected at most {MOST_BYTES}")
        rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))
    except (OSError, ValueError, csv.Error) as error:
        raise CaseError(
            f"{table.name!r} cannot be read; expected a table with tabs and UTF-8 text"
        ) from error
    names: dict[int, str] = {}
    for number, row in enumerate(rows, start=2):
        index, name = row.get("index"), row.get("name")
        if index is None or name is None:
            raise CaseError(f"{table.name!r}, line {number}: no index or no name; expected both columns")
        text = index.strip()
        if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > _MAX_VALUE:
            raise CaseError(f"{table.name!r}, line {number}: index is {text[:40]!r}; expected a label value")
        if names.setdefault(int(text), name.strip()) != name.strip():
            raise CaseError(f"{table.name!r}, line {number}: index {text} is given twice; expected it once")
    names.pop(0, None)
    return names
