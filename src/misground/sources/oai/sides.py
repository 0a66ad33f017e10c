"""The side of a knee, from a table, the file's name, or the position of the fibula.

SIDE is 1 for right and 2 for left, as in the codes of the Osteoarthritis Initiative.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import UsageError
from misground.records import KneeSide, Volume
from misground.sources.files import volume_stem
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
    **dict.fromkeys(("1", "1.0", "r", "right", "1: right"), "right"),
    **dict.fromkeys(("2", "2.0", "l", "left", "2: left"), "left"),
}


def side_tables(directory: Path) -> dict[str, KneeSide]:
    """Pairing key of an id -> side, from the CSV files in `directory` and in its folder `info`.

    A CSV file is used if it has a column of ids and a column of sides. kneeSideInfo.csv takes precedence; it
    may lack the header. An id with both sides in one table is left out of that table; other cells are
    ignored.

    Raises:
        UsageError: kneeSideInfo.csv cannot be read as such a table.
    """
    paths = [path for folder in (directory, directory / "info") for path in _csv_files(folder)]
    paths.sort(key=lambda path: path.name.lower() != KNEE_SIDE_INFO)
    sides: dict[str, KneeSide] = {}
    for path in paths:
        sides = _sides_of(path) | sides
    return sides


def _csv_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv") if path.is_file()) if folder.is_dir() else []


def _sides_of(path: Path) -> dict[str, KneeSide]:
    main = path.name.lower() == KNEE_SIDE_INFO
    try:
        lines = read_cells(path)
    except UsageError:
        if main:
            raise
        return {}
    where = _columns(lines[0][1] if lines else [], headerless=main)
    if where is None:
        if main:
            raise UsageError(
                f"{path.name} has no columns of ids and sides, expected id and side (right or left)"
            )
        return {}
    start, id_column, side_column = where
    found: dict[str, set[KneeSide]] = {}
    for _, cells in lines[start:]:
        if len(cells) > max(id_column, side_column) and (side := _WORDS.get(cells[side_column].lower())):
            found.setdefault(table_key(cells[id_column]), set()).add(side)
    return {key: sides.pop() for key, sides in found.items() if len(sides) == 1}


def _columns(first: Sequence[str], headerless: bool) -> tuple[int, int, int] | None:
    """The index of the first line of values, and of the columns of ids and sides."""
    names = [cell.lower().replace(" ", "_") for cell in first]
    ids = [names.index(name) for name in _ID_COLUMNS if name in names]
    sides = [names.index(name) for name in _SIDE_COLUMNS if name in names]
    if ids and sides:
        return 1, ids[0], sides[0]
    if headerless and len(names) >= 2 and names[1] in _WORDS:
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
