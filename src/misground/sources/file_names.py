"""Names that a label file or a list beside it carries win over numbers, or the case is refused for them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from misground.anatomy import structure_table
from misground.anatomy.label_names import NameMatch, match_names
from misground.errors import CaseError
from misground.records import RawCase, Region
from misground.sources.class_lists import find_class_list, read_class_list
from misground.sources.label_sets import LabelValues
from misground.volumes import read_label_names

_SHOWN: Final = 3
_LONGEST: Final = 40


def values_of_names(path: Path, region: Region) -> LabelValues | None:
    """What the values mean by the label file's names alone; None if it names none that means a structure."""
    return named_values(path, LabelValues({}, frozenset(), region))


def named_values(path: Path, values: LabelValues) -> LabelValues | None:
    """The values as the label file names them; None if it names none, or as `values` do.

    A name that means no structure, or leaves open which, makes its value background.

    Args:
        path: the label file.
        values: what the numbers mean in the label set that is assumed.

    Raises:
        CaseError: the names cannot be read, or none of them means a structure.
    """
    names = _names(path)
    if names is None:
        return None
    matches = match_names(names, values.region)
    if not _differing(matches, values):
        return None
    found = {value: key for value, match in matches.items() if (key := match.key)}
    if not found:
        raise CaseError(
            f"{path.name!r} names its labels {_listed(names)}; expected at least one structure of "
            "docs/structures.md"
        )
    table = structure_table().structures
    return LabelValues(
        structures={value: table[key] for value, key in found.items()},
        ignored=frozenset(names.keys() - found.keys()),
        region=values.region,
    )


def check_names(path: Path, values: LabelValues, stated_by: str) -> None:
    """Raise CaseError if the label file names a value otherwise than a table that the user wrote.

    A value that the table leaves out, or a name that means no structure of the table, is no contradiction.

    Args:
        path: the label file.
        values: what the user's table says.
        stated_by: where the user says so, for the message.
    """
    names = _names(path)
    if names is None:
        return
    matches = match_names(names, values.region)
    against = [
        f"{value} {names[value][:_LONGEST]!r} (there {values.structures[value].key})"
        for value in _differing(matches, values)
        if value in values.structures and matches[value].keys and not values.structures[value].extension
    ]
    if against:
        more = f" and {len(against) - _SHOWN} more" if len(against) > _SHOWN else ""
        raise CaseError(
            f"{path.name!r} names the value {', '.join(against[:_SHOWN])}{more}; expected the names of "
            f"{stated_by}: correct it, or the names in the file"
        )


def _names(path: Path) -> dict[int, str] | None:
    """Value -> name by the label file itself, else by a list of classes beside it; None without either."""
    names = read_label_names(path)
    if names is None and (beside := find_class_list(path)):
        return read_class_list(beside)
    return names


def with_list(path: Path) -> tuple[Path, ...]:
    """The label file, and the list of classes beside it, if there is one: what its meaning hangs on."""
    beside = find_class_list(path)
    return (path, beside) if beside else (path,)


def with_values(raw: RawCase, values: LabelValues | None) -> RawCase:
    """The case with the values that its label file names, if it names any."""
    if values is None:
        return raw
    remark = f"labels by the names in the file, which differ from {raw.label_set}"
    return replace(raw, structures=values.structures, ignored=values.ignored, label_set=None, remark=remark)


def _differing(matches: Mapping[int, NameMatch], values: LabelValues) -> list[int]:
    """The values whose name means something else than their number."""
    return [
        value
        for value, match in matches.items()
        if not _same(match, values.structures[value].key if value in values.structures else None)
    ]


def _same(match: NameMatch, key: str | None) -> bool:
    if match.status == "ambiguous":  # it leaves open what the number may say
        return key is None or key in match.keys
    return match.key == key


def _listed(names: Mapping[int, str]) -> str:
    shown = [name[:_LONGEST] for _, name in sorted(names.items())[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, shown)) + more
