"""`labels.csv`: the meaning of the values in a user's label maps.

- Required columns: value; structure (a key of the structure table, or a new key declared here; if empty, the
  value is ignored). Several values may have the same structure.
- For a declared key, in at least one of its lines: name (used in questions) and, if applicable, side (left,
  right, medial, lateral), pair (key of the counterpart on the other side; if empty, unpaired) and lay_name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast, get_args

from misground.anatomy import UNPAIRED, Side, Structure, structure_table
from misground.errors import UsageError
from misground.sources.tables import Row, Table, read_table

NAME: Final = "labels.csv"
_REQUIRED: Final = ("value", "structure")
_OPTIONAL: Final = ("name", "side", "pair", "lay_name")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_MAX_VALUE: Final = 65_535
_MOST_NAMED: Final = 12
_OPPOSITE: Final = {"left": "right", "right": "left", "medial": "lateral", "lateral": "medial"}


@dataclass(frozen=True)
class LabelTable:
    """The meaning of label values.

    Attributes:
        structures: label value -> structure; declared structures are extensions.
        ignored: known values without a structure.
    """

    structures: dict[int, Structure]
    ignored: frozenset[int]


def read_label_table(path: Path, region: str) -> LabelTable:
    """Read and check a `labels.csv`.

    Args:
        path: the file.
        region: the region of declared structures.

    Raises:
        UsageError: with file and line, for wrong columns, a value that is repeated or not a whole number from
            1 to 65535, an unknown key without a name, contradictory lines for one key, a side or pair that
            does not match, and two structures with the same name.
    """
    table = read_table(path, _REQUIRED, _OPTIONAL)
    keys: dict[int, str] = {}
    lines: dict[str, list[Row]] = {}
    for row in table.rows:
        value = _value(table, row)
        if value in keys:
            raise UsageError(f"{_at(table, row)}: value {value} is given twice, expected once")
        keys[value] = row.get("structure")
        lines.setdefault(row.get("structure"), []).append(row)
    ignored = frozenset(value for value, key in keys.items() if not key)
    structures = declared_structures(table, lines, region)
    return LabelTable({value: structures[key] for value, key in keys.items() if key}, ignored)


def declared_structures(table: Table, lines: Mapping[str, list[Row]], region: str) -> dict[str, Structure]:
    """The structures that the lines of a table name or declare, by key.

    Args:
        table: the table, for messages.
        lines: key -> its lines; "" for lines without a structure.
        region: the region of declared structures.

    Raises:
        UsageError: as `read_label_table`.
    """
    lines = {key: rows for key, rows in lines.items() if key}
    if not lines:
        raise UsageError(f"{table.name} has no structure, expected at least one line with a structure")
    _check_known(table, lines)
    structures = {key: _structure(table, key, rows, region) for key, rows in lines.items()}
    _check_pairs(table, structures, lines)
    _check_names(table, structures, lines)
    return structures


def _value(table: Table, row: Row) -> int:
    text = row.get("value")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MAX_VALUE:
        raise UsageError(
            f"{_at(table, row)}: value is {text!r}, expected a whole number from 1 to {_MAX_VALUE}"
        )
    return int(text)


def _check_known(table: Table, lines: dict[str, list[Row]]) -> None:
    """Raise one UsageError for all keys that are neither known nor declared with a name."""
    known = structure_table().structures
    unknown = [
        key for key, rows in lines.items() if key not in known and not any(r.get("name") for r in rows)
    ]
    if not unknown:
        return
    named = ", ".join(f"{key!r}" for key in unknown[:_MOST_NAMED])
    more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
    raise UsageError(
        f"{_at(table, lines[unknown[0]][0])}: not in the structure table: {named}{more}; expected a key from "
        "docs/structures.md, a name to declare a new structure, or no structure to ignore the value"
    )


def _structure(table: Table, key: str, rows: list[Row], region: str) -> Structure:
    cells = {column: _one_cell(table, key, rows, column) for column in _OPTIONAL}
    known = structure_table().structures.get(key)
    if known:
        if any(cells[column] not in ("", getattr(known, column) or "") for column in _OPTIONAL):
            raise UsageError(
                f"{_at(table, rows[0])}: {key!r} is in the structure table as {known.name!r}, "
                "expected no different name, side, pair or lay_name"
            )
        return known
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{_at(table, rows[0])}: structure {key!r}, expected lower-case letters, digits and _, starting "
            "with a letter"
        )
    side, pair = cells["side"], cells["pair"]
    if side not in ("", *get_args(Side)):
        raise UsageError(
            f"{_at(table, rows[0])}: side is {side!r}, expected {', '.join(get_args(Side))} or empty"
        )
    if pair and not side:
        raise UsageError(f"{_at(table, rows[0])}: {key!r} has a pair but no side, expected both or neither")
    return Structure(
        key=key,
        name=cells["name"],
        region=region,
        lay_name=cells["lay_name"] or None,
        side=cast("Side | None", side or None),
        pair=(pair or UNPAIRED) if side else None,
    )


def _one_cell(table: Table, key: str, rows: list[Row], column: str) -> str:
    found = {row.get(column): row for row in rows if row.get(column)}
    if len(found) > 1:
        first, second = list(found)[:2]
        raise UsageError(
            f"{_at(table, found[second])}: {column} of {key!r} is {second!r}, but {first!r} in an earlier "
            "line"
        )
    return next(iter(found), "")


def _check_pairs(table: Table, structures: dict[str, Structure], lines: dict[str, list[Row]]) -> None:
    everything = {**structure_table().structures, **structures}
    for key, structure in structures.items():
        if not structure.extension or not structure.side or structure.pair == UNPAIRED:
            continue
        twin = everything.get(structure.pair or "")
        if twin is None or twin.pair != key or twin.side != _OPPOSITE[structure.side]:
            raise UsageError(
                f"{_at(table, lines[key][0])}: pair of {key!r} is {structure.pair!r}, expected a structure "
                f"of side {_OPPOSITE[structure.side]} whose pair is {key!r}"
            )


def _check_names(table: Table, structures: dict[str, Structure], lines: dict[str, list[Row]]) -> None:
    seen: dict[str, str] = {}
    for key, structure in structures.items():
        other = seen.setdefault(structure.name.lower(), key)
        if other != key:
            raise UsageError(
                f"{_at(table, lines[key][0])}: {key!r} and {other!r} have the same name {structure.name!r}"
            )


def _at(table: Table, row: Row) -> str:
    return f"{table.name}, line {row.line}"
