"""A list of classes beside a label file, which says what its values mean: `seg.json`, `seg.txt` and so on.

The list has the label file's name with another ending, or is a `dataset.json` in the same folder. Known
forms: JSON with an object `labels` of names and values in either direction, or an object of values and names;
the label descriptions of ITK-SNAP (`.txt`, `.label`) and the colour tables of 3D Slicer (`.ctbl`, `.txt`),
with a value and a name a line; tables (`.csv`, `.tsv`) with a column of values and one of names. A file of
another form is no list, and neither is one whose names mean no structure (volumes by organ, a report).
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from misground.anatomy.label_names import REGIONS, match_name
from misground.sources.files import volume_stem

MOST_BYTES: Final = 4 << 20
_ENDINGS: Final = (".json", ".label", ".ctbl", ".txt", ".tsv", ".csv")
_DATASET: Final = "dataset.json"
_VALUES: Final = ("value", "label_value", "labelvalue", "label")
_BIDS_VALUE: Final = "index"
_NAMES: Final = ("name", "structure", "class", "class_name", "label_name", "organ")
# IDX R G B A VIS MSH "LABEL" (ITK-SNAP); VALUE NAME R G B A (3D Slicer).
_SNAP: Final = re.compile(r'\s*(\d{1,5})(?:\s+[0-9.]+){6}\s+"([^"]*)"\s*')
_COLOURS: Final = re.compile(r"\s*(\d{1,5})\s+(\S+)(?:\s+\d{1,3}){4}\s*")


def find_class_list(path: Path) -> Path | None:
    """The file beside a label file that may be its list of classes; None if there is none."""
    stem = volume_stem(path.name)
    if stem is None:
        return None
    beside = (path.with_name(f"{stem}{ending}") for ending in _ENDINGS)
    return next((one for one in (*beside, path.with_name(_DATASET)) if one.is_file()), None)


def read_class_list(path: Path) -> dict[int, str] | None:
    """Value -> name in a list of classes, without the background; None if the file is of another form."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        text = path.read_text(encoding="utf-8-sig")
        pairs = list(_pairs(path, text))
    except (OSError, ValueError, RecursionError, csv.Error):
        return None
    names: dict[int, str] = {}
    for value, name in pairs:
        if names.setdefault(value, name) != name:
            return None
    names.pop(0, None)
    return (
        names if any(match_name(name, region).keys for name in names.values() for region in REGIONS) else None
    )


def _pairs(path: Path, text: str) -> Iterator[tuple[int, str]]:
    ending = path.suffix.lower()
    if ending == ".json":
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("no object")
        if "labels" not in content and not all(isinstance(name, str) for name in content.values()):
            raise ValueError("no names")  # numbers by name may be volumes
        yield from _of_object(content.get("labels", content))
    elif ending in (".csv", ".tsv"):
        first = text.partition("\n")[0]
        separator = "\t" if ending == ".tsv" else ";" if first.count(";") > first.count(",") else ","
        rows = csv.DictReader(text.splitlines(), delimiter=separator)
        columns = {column.strip().casefold(): column for column in rows.fieldnames or ()}
        wanted = (*_VALUES, _BIDS_VALUE) if ending == ".tsv" else _VALUES
        value = next((columns[name] for name in wanted if name in columns), None)
        named = next((columns[name] for name in _NAMES if name in columns), None)
        if value and named:
            yield from ((int(row[value]), row[named].strip()) for row in rows if row[value] and row[named])
    else:
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                found = _SNAP.fullmatch(line) or _COLOURS.fullmatch(line)
                if not found:
                    raise ValueError(line[:40])
                yield int(found[1]), found[2].replace("_", " ").strip()


def _of_object(labels: Any) -> Iterator[tuple[int, str]]:
    """The values and names of an object in either direction; none if it holds anything else."""
    if not isinstance(labels, dict):
        raise ValueError("no object")
    for key, value in labels.items():
        if isinstance(value, str) and key.isascii() and key.isdigit():
            yield int(key), value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value, key
        else:
            raise ValueError("other things than names and values")
