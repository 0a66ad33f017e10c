"""The cases of a user's data set: DIR/cases.csv, DIR/labels.csv, and optionally DIR/attribution.csv."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from misground.anatomy import Structure
from misground.errors import UsageError, WorkError
from misground.records import Attribution, CaseRef, KneeSide, RawCase, Skipped, SourceListing
from misground.sources.file_names import check_names, with_list
from misground.sources.files import fingerprint, readable
from misground.sources.label_sets import LabelValues, known_sets, label_values
from misground.sources.labelmap import case_table, label_table
from misground.sources.options import check_options
from misground.sources.tables import read_table
from misground.volumes import read_volume

SOURCE: Final = "labelmap"
ATTRIBUTION: Final = "attribution.csv"
_NOT_STATED: Final = "not stated"

_Meaning = tuple[Mapping[int, Structure], frozenset[int]]


def list_labelmap(directory: Path, options: Mapping[str, str]) -> SourceListing:
    """The cases in DIR/cases.csv, sorted by case id. No volume is opened.

    A line whose scan or label file does not exist is skipped.

    Raises:
        UsageError: a table or an option is wrong.
        WorkError: there is no cases.csv, or it has no cases.
    """
    check_options(SOURCE, options, {"labels": known_sets(), "series": None})
    path = directory / case_table.NAME
    rows = case_table.read_case_table(path, options.get("labels")) if path.is_file() else ()
    if not rows:
        found = "has no line after the header" if path.is_file() else "is missing"
        columns = "case_id, scan, labels"
        raise WorkError(f"{SOURCE}:{directory} has no cases: {case_table.NAME} ({columns}) {found}")
    attribution, notes = _attribution(directory)
    meanings: dict[tuple[str | None, str], _Meaning] = {}
    refs, skipped = [], []
    for row in sorted(rows, key=lambda r: r.case_id):
        key = (row.label_set, row.region)
        if key not in meanings:
            meanings[key] = _meaning(directory, row)
        missing = [what for what, file in (("scan", row.scan), ("labels", row.labels)) if not file.exists()]
        if not case_table.is_one_line(row.case_id):
            skipped.append(
                Skipped(readable(row.case_id), SOURCE, "case_id has a line break, expected one line")
            )
        elif missing:
            names = " and ".join(f"{what} {readable(getattr(row, what).name)!r}" for what in missing)
            verb = "does" if len(missing) == 1 else "do"
            hint = _hint([getattr(row, what) for what in missing])
            skipped.append(Skipped(readable(row.case_id), SOURCE, f"{names} {verb} not exist{hint}"))
        else:
            series = row.series or options.get("series", "")
            refs.append(_case(directory, replace(row, series=series), meanings[key]))
    outside = sum(not (_is_within(row.scan, directory) and _is_within(row.labels, directory)) for row in rows)
    if outside:  # whoever made the table may have meant files of this machine
        notes += (f"{case_table.NAME}: {outside} of {len(rows)} cases have files outside its folder",)
    return SourceListing(tuple(refs), tuple(skipped), attribution, notes)


def _hint(missing: list[Path]) -> str:
    """What seems wrong with paths that lead to no file; "" if nothing is known."""
    if any("\\" in path.name for path in missing):
        return ": write / instead of \\ in paths"
    return ": it is a link to a file that is missing" if any(path.is_symlink() for path in missing) else ""


def _is_within(file: Path, directory: Path) -> bool:
    """Whether a file that a table names lies in the table's folder, wherever links in it lead."""
    return Path(os.path.abspath(file)).is_relative_to(os.path.abspath(directory))  # noqa: PTH100  # keeps links


def read_case(
    scan: Path,
    labels: Path,
    structures: Mapping[int, Structure],
    ignored: frozenset[int],
    side: KneeSide | None,
    label_set: str | None = None,
    series: str = "",
) -> RawCase:
    """Read a scan and its label map; `series` chooses one of several DICOM series of the scan's folder.

    Raises:
        CaseError: a file cannot be read, or the label file names a value otherwise.
    """
    values = LabelValues(structures, ignored, "torso" if side is None else "knee")
    stated_by = f"label set {label_set}" if label_set else label_table.NAME
    check_names(labels, values, stated_by)
    raw = RawCase(read_volume(scan, series=series), read_volume(labels), structures, ignored, side=side)
    return replace(raw, label_set=label_set)


def _case(directory: Path, row: case_table.CaseRow, meaning: _Meaning) -> CaseRef:
    structures, ignored = meaning
    text = repr((sorted(structures.items()), sorted(ignored)))
    settings = {"side": row.side, "values": hashlib.sha256(text.encode("utf-8")).hexdigest()}
    if row.series:
        settings["series"] = row.series
    return CaseRef(
        case_id=readable(row.case_id),
        modality=row.modality,
        region=row.region,
        source=SOURCE,
        read=partial(
            read_case, row.scan, row.labels, dict(structures), ignored, row.side, row.label_set, row.series
        ),
        fingerprint=fingerprint([row.scan, *with_list(row.labels)], directory, settings),
    )


def _meaning(directory: Path, row: case_table.CaseRow) -> _Meaning:
    if row.label_set:
        values = label_values(row.label_set)
        return values.structures, values.ignored
    path = directory / label_table.NAME
    if not path.is_file():
        raise UsageError(
            f"{label_table.NAME} is missing, expected it with columns value and structure, or a known label "
            f"set in the option labels or the column labelset ({', '.join(known_sets())})"
        )
    table = label_table.read_label_table(path, row.region)
    return table.structures, table.ignored


def _attribution(directory: Path) -> tuple[Attribution, tuple[str, ...]]:
    path = directory / ATTRIBUTION
    if not path.is_file():
        note = f"no {ATTRIBUTION} (title, licence, citation, url): licence and citation are {_NOT_STATED}"
        return Attribution(SOURCE, "user's data set", _NOT_STATED, _NOT_STATED), (note,)
    rows = read_table(path, ("title", "licence", "citation"), ("url",)).rows
    if len(rows) != 1:
        raise UsageError(f"{ATTRIBUTION} has {len(rows)} lines after the header, expected one")
    cells = rows[0]
    return (
        Attribution(
            source=SOURCE,
            title=cells.get("title") or "user's data set",
            licence=cells.get("licence") or _NOT_STATED,
            citation=cells.get("citation") or _NOT_STATED,
            url=cells.get("url") or None,
        ),
        (),
    )
