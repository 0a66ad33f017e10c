"""The side of a knee, from a table, the file's name, or the position of the fibula.

SIDE is 1 for right and 2 for left, as in the codes of the Osteoarthritis Initiative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import UsageError
from misground.records import KneeSide, Volume
from misground.sources.files import readable, volume_stem
from misground.sources.oai.geometry import centroid_mm
from misground.sources.oai.names import pairing_key
from misground.sources.tables import read_cells

KNEE_SIDE_INFO: Final = "kneesideinfo.csv"
# Distance between fibula and tibia (centroids, along RAS x) from which the fibula determines the side.
MIN_FIBULA_OFFSET_MM: Final = 5.0
_ID_COLUMNS: Final = (
    *("case_id", "caseid", "case", "id", "image_id", "imageid", "image", "file", "filename", "file_name"),
    *("name", "subject", "subject_id", "subjectid"),
)
_SIDE_COLUMNS: Final = ("side", "knee_side", "kneeside", "knee", "laterality")
_WORDS: Final[Mapping[str, KneeSide]] = {
    **dict.fromkeys(("r", "right", "1: right"), "right"),
    **dict.fromkeys(("l", "left", "2: left"), "left"),
}
_CODES: Final[Mapping[str, KneeSide]] = {"1": "right", "1.0": "right", "2": "left", "2.0": "left"}
# Cells that state no side, and do not make the other cells doubtful.
_UNKNOWN: Final = frozenset(
    {"", "-", ".", "?", "na", "n/a", "nan", "none", "null", "unknown", "both", "bilateral"}
)


@dataclass(frozen=True)
class SideTables:
    """What the CSV files of a data set say about sides.

    Attributes:
        sides: pairing key of an id -> side.
        hints: the same from columns whose only code is 1, which may come from sides numbered 0 and 1.
        notes: which tables were not used, and why.
    """

    sides: Mapping[str, KneeSide]
    hints: Mapping[str, KneeSide]
    notes: tuple[str, ...] = ()


def side_tables(directory: Path) -> SideTables:
    """The sides in the CSV files in `directory` and in its folder `info`.

    A CSV file is used if it has a column of ids and a column of sides, and no cell of that column is
    something other than a side: 0 and 1 could mean either. A column that has the code 1 and never 2 is a hint
    only, but for kneeSideInfo.csv. That table takes precedence, and may lack the header. An id with both
    sides in one table, or in several other tables, is left out.

    Raises:
        UsageError: kneeSideInfo.csv cannot be read as such a table.
    """
    sides: dict[str, KneeSide] = {}
    others: dict[str, set[KneeSide]] = {}
    hints: dict[str, KneeSide] = {}
    notes = []
    for path in (path for folder in (directory, directory / "info") for path in _csv_files(folder)):
        main = path.name.lower() == KNEE_SIDE_INFO
        try:
            found, plain = _sides_of(path, main)
        except UsageError as error:
            if main:
                raise
            notes.append(f"{readable(path.name)} is not used for the sides of knees: {error}")
            continue
        if main:
            sides = found | sides
        elif not plain:
            hints |= found
        else:
            for key, side in found.items():
                others.setdefault(key, set()).add(side)
    if disputed := sum(found != {sides[key]} for key, found in others.items() if key in sides):
        notes.append(f"{disputed} knees have another side in a table beside kneeSideInfo.csv, which counts")
    agreed = {key: next(iter(found)) for key, found in others.items() if len(found) == 1}
    return SideTables(agreed | sides, hints, tuple(notes))


def _csv_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith(".csv") and not path.name.startswith(".") and path.is_file()
    )


def _sides_of(path: Path, main: bool) -> tuple[dict[str, KneeSide], bool]:
    """The sides in one table ({} if it is another kind of table), and whether it states them plainly.

    Raises:
        UsageError: a cell of its column of sides names no side; or `main`, and it is no such table.
    """
    try:
        lines = read_cells(path)
    except UsageError:
        if main:
            raise
        return {}, True
    where = _columns(lines[0][1] if lines else [], headerless=main)
    if where is None:
        if main:
            raise UsageError(
                f"{path.name} has no columns of ids and sides, expected id and side (right or left)"
            )
        return {}, True
    start, id_column, side_column = where
    rows = [(line, cells) for line, cells in lines[start:] if len(cells) > max(id_column, side_column)]
    words = [(line, cells[id_column], cells[side_column].lower()) for line, cells in rows]
    codes = {_CODES[word] for _, _, word in words if word in _CODES}
    for line, _, word in words:
        if word not in _WORDS and word not in _CODES and word not in _UNKNOWN:
            raise UsageError(
                f"{path.name}, line {line}: side is {word[:20]!r}, expected right, left, R, L, 1 (right) or "
                "2 (left); the whole column is doubtful, so none of it is used"
            )
    found: dict[str, set[KneeSide]] = {}
    for _, name, word in words:
        if side := _WORDS.get(word) or _CODES.get(word):
            found.setdefault(table_key(name), set()).add(side)
    plain = main or codes != {"right"}
    return {key: sides.pop() for key, sides in found.items() if len(sides) == 1}, plain


def _columns(first: Sequence[str], headerless: bool) -> tuple[int, int, int] | None:
    """The index of the first line of values, and of the columns of ids and sides."""
    names = [cell.lower().replace(" ", "_") for cell in first]
    ids = [names.index(name) for name in _ID_COLUMNS if name in names]
    sides = [names.index(name) for name in _SIDE_COLUMNS if name in names]
    if ids and sides:
        return 1, ids[0], sides[0]
    if headerless and len(names) >= 2 and (names[1] in _WORDS or names[1] in _CODES):
        return 0, 0, 1
    return None


def table_key(cell: str) -> str:
    """An id, or a file name with or without folders, as the key under which cases are looked up."""
    name = cell.replace("\\", "/").rpartition("/")[2]
    return pairing_key(volume_stem(name) or name)


def side_from_fibula(labels: Volume, fibula: NDArray[np.bool_], tibia: NDArray[np.bool_]) -> KneeSide | None:
    """The knee's side, if its fibula lies at least 5 mm to one side of its tibia along RAS x.

    The fibula is lateral: towards the patient's right (+x) in a right knee.

    Args:
        labels: the label map, for its affine.
        fibula: (I, J, K) mask in the order of `labels`.
        tibia: (I, J, K) mask.

    Returns:
        The side; None if a mask is empty or the offset is smaller.
    """
    if not fibula.any() or not tibia.any():
        return None
    offset = float(centroid_mm(fibula, labels.affine)[0] - centroid_mm(tibia, labels.affine)[0])
    if abs(offset) < MIN_FIBULA_OFFSET_MM:
        return None
    return "right" if offset > 0 else "left"
