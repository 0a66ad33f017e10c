"""`cases.csv`: the cases of a user's data set.

- Required columns: case_id; scan and labels (paths relative to the folder of cases.csv; absolute paths and
  `..` are allowed, for scans stored elsewhere).
- Optional columns: modality (ct or mri; default ct), region (torso or knee; default that of the label set, or
  torso), side (right or left; required for a knee), labelset (a known label set, used instead of labels.csv),
  series (of a folder with several DICOM series: the UID of the one to read, or the name of one of its files).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from misground.errors import UsageError
from misground.records import KneeSide, Modality, Region
from misground.sources.files import found_file
from misground.sources.label_sets import known_sets, label_values
from misground.sources.tables import Row, read_table

NAME: Final = "cases.csv"
_REQUIRED: Final = ("case_id", "scan", "labels")
_OPTIONAL: Final = ("modality", "region", "side", "labelset", "series")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "modality": ("ct", "mri"),
    "region": ("torso", "knee"),
    "side": ("right", "left"),
    "labelset": known_sets(),
}


@dataclass(frozen=True)
class CaseRow:
    """One line of cases.csv.

    Attributes:
        case_id: the case.
        scan: path of the scan, joined to the folder of cases.csv.
        labels: path of the label map, likewise.
        modality: ct or mri.
        region: torso or knee.
        side: side of a knee; None for a torso.
        label_set: a known label set; None to use labels.csv.
        series: which DICOM series to read; "" if the folder has one.
    """

    case_id: str
    scan: Path
    labels: Path
    modality: Modality
    region: Region
    side: KneeSide | None
    label_set: str | None
    series: str = ""


def read_case_table(path: Path, label_set: str | None) -> tuple[CaseRow, ...]:
    """Read and check a `cases.csv`.

    Args:
        path: the file.
        label_set: the default for lines without a label set.

    Raises:
        UsageError: with file and line, for wrong columns, an empty id or path, a repeated id, a value that is
            not allowed, a knee without a side or a torso with one, and a label set of the other region.
    """
    seen: dict[str, int] = {}
    rows = []
    for row in read_table(path, _REQUIRED, _OPTIONAL).rows:
        where = f"{path.name}, line {row.line}"
        case = _case(path.parent, row, label_set, where)
        if case.case_id in seen:
            raise UsageError(
                f"{where}: case_id {case.case_id!r} is already in line {seen[case.case_id]}, expected it once"
            )
        seen[case.case_id] = row.line
        rows.append(case)
    return tuple(rows)


def is_one_line(case_id: str) -> bool:
    """Whether a case id has no line break and no other control character."""
    return not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in case_id)


def _case(folder: Path, row: Row, default_set: str | None, where: str) -> CaseRow:
    for column in _REQUIRED:
        if not row.get(column) and not is_one_line(row.get("case_id")):
            raise UsageError(f"{where}: case_id has a line break, expected one line: is a quote left open?")
        if not row.get(column):
            raise UsageError(f"{where}: {column} is empty, expected a value")
    words = {column: row.get(column).lower() for column in _OPTIONAL}
    for column, allowed in _CHOICES.items():
        if words[column] not in ("", *allowed):
            raise UsageError(f"{where}: {column} is {words[column]!r}, expected {' or '.join(allowed)}")
    label_set = words["labelset"] or default_set
    of_set: Region | None = label_values(label_set).region if label_set else None
    region = cast(Region, words["region"] or of_set or "torso")
    if of_set and region != of_set:
        raise UsageError(f"{where}: region is {region}, expected {of_set} for label set {label_set}")
    if (region == "knee") != bool(words["side"]):
        found = words["side"] or "none"
        expected = "right or left for a knee" if region == "knee" else "none for a torso"
        raise UsageError(f"{where}: side is {found}, expected {expected}")
    return CaseRow(
        case_id=row.get("case_id"),
        scan=found_file(folder / row.get("scan")),
        labels=found_file(folder / row.get("labels")),
        modality=cast(Modality, words["modality"] or "ct"),
        region=region,
        side=cast("KneeSide | None", words["side"] or None),
        label_set=label_set,
        series=row.get("series"),
    )
