"""Which structure the name of a label means: `data/label_names.csv`, and no guess.

Columns: structure; names (separated by semicolons). A `*` in the structure stands for left and right (in a
knee for medial and lateral), and its names have no side: a label's name needs one, or it stays ambiguous. A
`|` separates the structures between which a name leaves the choice. A name means the whole structure: a part
of it (ascending aorta, head of the femur, left lobe of the liver) has another meaning.

Three structures consist of parts that label sets number one by one: vertebrae (by level), ribs (by number),
and the heart (myocardium, atria, ventricles; only if all five have labels).
"""

import csv
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal, TypeVar

from misground.anatomy.label_words import plain, take_apart
from misground.anatomy.structures import StructureTable, structure_table

Status = Literal["matched", "ambiguous", "unmatched"]
REGIONS: Final = ("torso", "knee")
_Key = TypeVar("_Key", bound=Hashable)
_LEVEL: Final = re.compile(r"(c[1-7]|t[1-9]|t1[0-3]|l[1-6])")
_WITH_WORD: Final = re.compile(
    rf"(?:vertebrae|vertebra|vert){_LEVEL.pattern}|{_LEVEL.pattern}(?:vertebra|vert)"
)
_FEWEST_LEVELS: Final = 3
_RIB: Final = re.compile(r"(?:ribs?|costa)?(?:[1-9]|1[0-2])(?:st|nd|rd|th)?(?:ribs?|costa)?")
_RIB_FUSED: Final = re.compile(r"(?:rib|costa)([lr])(?:[1-9]|1[0-2])")
_CHAMBERS: Final = {
    "heartmyocardium": "myocardium", "myocardium": "myocardium", "myocardiumventricle": "myocardium",
    "ventriclemyocardium": "myocardium", "ventricularmyocardium": "myocardium",
    "heartatrium": "atrium", "atrium": "atrium", "atriumbloodcavity": "atrium",
    "heartventricle": "ventricle", "ventricle": "ventricle", "ventriclebloodcavity": "ventricle",
}  # fmt: skip
_CHAMBER_LETTERS: Final = {
    "la": "atrium left", "ra": "atrium right", "lv": "ventricle left", "rv": "ventricle right",
    "myo": "myocardium",
}  # fmt: skip
_WHOLE_HEART: Final = frozenset(
    {"myocardium", "atrium left", "atrium right", "ventricle left", "ventricle right"}
)


@dataclass(frozen=True)
class NameMatch:
    """What a label's name means.

    Attributes:
        name: the name as written.
        keys: no structure (unmatched), one (matched), or those between which the name does not decide.
        why: why it is ambiguous or unmatched, in a few words; "" if there is nothing to say.
        knee_side: which knee the name says; None if it says none.
        part: of which structure's parts it is one, until all names are seen.
    """

    name: str
    keys: tuple[str, ...] = ()
    why: str = ""
    knee_side: str | None = None
    part: str | None = None

    @property
    def status(self) -> Status:
        """Whether it is matched, ambiguous or unmatched."""
        return "unmatched" if not self.keys else "matched" if len(self.keys) == 1 else "ambiguous"

    @property
    def key(self) -> str | None:
        """The structure it means; None if it is ambiguous or unmatched."""
        return self.keys[0] if len(self.keys) == 1 else None


def match_names(names: Mapping[_Key, str], region: str) -> dict[_Key, NameMatch]:
    """What the names of one label map mean, in their order.

    Args:
        names: a name for each label, by whatever identifies the label.
        region: torso or knee.

    Examples:
        >>> found = match_names({1: "Kidney_L", 2: "rkidney", 3: "kidney", 4: "aortic arch"}, "torso")
        >>> [match.keys for match in found.values()]
        [('kidney_left',), ('kidney_right',), ('kidney_left', 'kidney_right'), ()]
    """
    found = {key: match_name(name, region) for key, name in names.items()}
    levels = {plain(match.name) for match in found.values() if match.part == "level"}
    chambers = {match.part for match in found.values()} & _WHOLE_HEART
    return {key: _as_part(match, len(levels), chambers) for key, match in found.items()}


@lru_cache(maxsize=4096)
def match_name(name: str, region: str) -> NameMatch:
    """What one name means; a part that counts only with others (see `match_names`) is unmatched."""
    names = _names(region)
    parts = take_apart(name, region, _paired(region))
    knee_side = next(iter(parts.knee_sides)) if len(parts.knee_sides) == 1 else None
    if region == "torso" and (special := _torso_part(name, parts.forms, parts.sides)):
        return special
    for form in parts.forms:
        entry = names.get(form)
        if entry is None and len(parts.sides) != 1 and form.endswith("s") and "*" in names.get(form[:-1], ""):
            entry = names[form[:-1]]
        if entry is not None:
            return replace(_resolved(name, entry, parts.sides, region), knee_side=knee_side)
    return NameMatch(name)


def best_region(names: Mapping[_Key, str]) -> str | None:
    """The region in which more of the names mean a structure; None if neither has more."""
    counts = {
        region: sum(match.status == "matched" for match in match_names(names, region).values())
        for region in REGIONS
    }
    torso, knee = (counts[region] for region in REGIONS)
    return None if torso == knee else "torso" if torso > knee else "knee"


def _as_part(match: NameMatch, n_levels: int, chambers: set[str | None]) -> NameMatch:
    if match.part == "level":
        if n_levels >= _FEWEST_LEVELS:
            return replace(match, keys=("vertebrae",), part=None)
        return replace(match, why="a vertebra, or something else?", part=None)
    if match.part in _WHOLE_HEART:
        if chambers == _WHOLE_HEART:
            return replace(match, keys=("heart",), part=None)
        missing = sorted(_WHOLE_HEART - chambers)
        return replace(match, why=f"a part of the heart without {missing[0]}", part=None)
    return match


def _torso_part(name: str, forms: tuple[str, ...], sides: frozenset[str]) -> NameMatch | None:
    """The match of a vertebra, a rib or a chamber of the heart; None if the name is none of these."""
    whole = plain(name)
    if _WITH_WORD.fullmatch(whole):
        return NameMatch(name, ("vertebrae",))
    if fused := _RIB_FUSED.fullmatch(whole):
        return NameMatch(name, ("ribs_left" if fused[1] == "l" else "ribs_right",))
    if any(("rib" in form or "costa" in form) and _RIB.fullmatch(form) for form in forms):
        return _resolved(name, "ribs_*", sides, "torso")
    part = "level" if _LEVEL.fullmatch(whole) else _CHAMBER_LETTERS.get(whole) or _chamber(forms, sides)
    return NameMatch(name, part=part) if part else None


def _chamber(forms: tuple[str, ...], sides: frozenset[str]) -> str | None:
    """The part of the heart that a name means: myocardium, or an atrium or ventricle with its side."""
    chamber = next((_CHAMBERS[form] for form in forms if form in _CHAMBERS), None)
    if chamber in (None, "myocardium"):
        return chamber
    return f"{chamber} {next(iter(sides))}" if len(sides) == 1 else None


def _resolved(name: str, entry: str, sides: frozenset[str], region: str) -> NameMatch:
    """The match of an entry of the table with the sides that a name has."""
    structures = structure_table().structures
    if "|" in entry:
        return NameMatch(name, tuple(entry.split("|")), "several structures have this name")
    if "*" not in entry:
        own = structures[entry].side
        fits = not sides or (own is not None and sides == {own})
        return NameMatch(name, (entry,) if fits else (), "" if fits else f"no {entry} has this side")
    both = ("medial", "lateral") if region == "knee" else ("left", "right")
    keys = tuple(
        key
        for side in both
        if (not sides or side in sides) and (key := entry.replace("*", side)) in structures
    )
    if not sides and len(keys) < 2:
        return NameMatch(name, why="the name has no side")
    why = "" if len(keys) == 1 else "both sides in one label" if sides else "the name has no side"
    return NameMatch(name, keys, why)


@cache
def _names(region: str) -> Mapping[str, str]:
    """Name in plain form -> structure, pattern of two structures, or choice, of one region."""
    data = files("misground.anatomy") / "data" / "label_names.csv"
    return parse_label_names(data.read_text(encoding="utf-8"), structure_table())[region]


@cache
def _paired(region: str) -> frozenset[str]:
    return frozenset(name for name, entry in _names(region).items() if "*" in entry)


def parse_label_names(text: str, table: StructureTable) -> dict[str, dict[str, str]]:
    """Read and check a table of names in the format of `data/label_names.csv`.

    Returns:
        Region -> name in plain form -> the cell of its structure.

    Raises:
        ValueError: lists every fault: an unknown structure, structures of two regions in one row, a name
            twice in a region, a structure without a name.
    """
    names: dict[str, dict[str, str]] = {region: {} for region in REGIONS}
    faults: list[str] = []
    named: set[str] = set()
    for row in csv.DictReader(text.splitlines()):
        keys = _keys(row["structure"], table)
        regions = {table.structures[key].region for key in keys}
        if len(regions) != 1:
            faults.append(f"{row['structure']!r} names no structure of one region")
            continue
        named |= set(keys)
        own = names[regions.pop()]
        for name in map(plain, row["names"].split(";")):
            if not name or own.get(name, row["structure"]) != row["structure"]:
                faults.append(f"name {name!r} is empty or given twice")
            own[name] = row["structure"]
    faults += [f"{key} has no name" for key in table.structures if key not in named]
    if faults:
        raise ValueError("table of label names: " + "; ".join(faults))
    return names


def _keys(cell: str, table: StructureTable) -> list[str]:
    sides = ("left", "right", "medial", "lateral") if "*" in cell else ("",)
    keys = [one.replace("*", side) for one in cell.split("|") for side in sides]
    return [key for key in keys if key in table.structures]
