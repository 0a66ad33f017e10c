"""What the labels of a data set or a file mean: the user's table first, then SNOMED CT codes, then names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from misground.anatomy import Structure, structure_table
from misground.anatomy.codes import ALTERED, SCHEMES, match_code
from misground.anatomy.label_names import NameMatch, best_region, match_names
from misground.records import LabelName, Region
from misground.sources.named.label_map import LabelMap
from misground.visible import visible

_LONGEST: Final = 100


@dataclass(frozen=True)
class Label:
    """A label as a file describes it.

    Attributes:
        name: its name, untrusted text.
        values: the label values that it covers; a region of nnU-Net has several.
        code: scheme and value of what it is; None if it has no code.
        laterality: value of the code of its side.
        category: value of the code of its category.
    """

    name: str
    values: tuple[int, ...]
    code: tuple[str, str] | None = None
    laterality: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Resolved:
    """What labels mean.

    Attributes:
        structures: label value -> structure.
        ignored: values without a structure.
        rows: a row for each label.
        knee_sides: the knees that the matched names speak of.
    """

    structures: Mapping[int, Structure]
    ignored: frozenset[int]
    rows: tuple[LabelName, ...]
    knee_sides: frozenset[str]

    @property
    def none_matched(self) -> bool:
        """Whether no label means a structure."""
        return not self.structures


def region_of(labels: Sequence[Label]) -> Region:
    """The region that most labels belong to; the torso if the names do not decide."""
    return "knee" if best_region({i: label.name for i, label in enumerate(labels)}) == "knee" else "torso"


def resolve(labels: Sequence[Label], region: Region, source: str, table: LabelMap | None = None) -> Resolved:
    """What labels mean, without a guess.

    A value that two labels with different structures cover belongs to neither.

    Args:
        labels: the labels.
        region: torso or knee.
        source: the kind of source, for the rows.
        table: the user's table, which decides first.
    """
    named = match_names({i: label.name for i, label in enumerate(labels)}, region)
    found = [_meaning(label, named[i], region, table) for i, label in enumerate(labels)]
    claims: dict[int, set[str]] = {}
    for label, (structure, _, _) in zip(labels, found, strict=True):
        for value in label.values:
            claims.setdefault(value, set()).update({structure.key} if structure else ())
    disputed = {value for value, keys in claims.items() if len(keys) > 1}
    structures: dict[int, Structure] = {}
    rows = []
    knee_sides = set()
    for i, (label, (structure, status, why)) in enumerate(zip(labels, found, strict=True)):
        shared = structure is not None and bool(disputed & set(label.values))
        used = None if shared else structure
        if used:
            structures |= dict.fromkeys(label.values, used)
            knee_sides |= {side} if (side := named[i].knee_side) else set()
        rows.append(
            LabelName(
                source=source,
                name=visible(" ".join(label.name.split())[:_LONGEST]),
                values=", ".join(map(str, label.values)),
                structure=used.key if used else "",
                status="ambiguous" if shared else status,
                why="another structure has the same label value" if shared else why,
            )
        )
    return Resolved(structures, frozenset(claims) - structures.keys(), tuple(rows), frozenset(knee_sides))


def _meaning(
    label: Label, named: NameMatch, region: str, table: LabelMap | None
) -> tuple[Structure | None, str, str]:
    """The structure of a label, the status and the reason."""
    if table is not None:
        value = label.values[0] if len(label.values) == 1 else None
        known, structure = table.find(label.name, value)
        if known:
            return structure, "mapped", "" if structure else "not used, says the table"
    if label.category == ALTERED:
        return None, "unmatched", "its category is a morphologically altered structure"
    keys, why = _by_code(label, named, region)
    if keys is None:
        keys, why = named.keys, named.why
    if len(keys) == 1:
        return structure_table().structures[keys[0]], "matched", ""
    between = f": {' or '.join(keys)}" if keys and len(keys) <= 3 else ""
    return None, "ambiguous" if keys else "unmatched", why + between


def _by_code(label: Label, named: NameMatch, region: str) -> tuple[tuple[str, ...] | None, str]:
    """The structures that the code means, narrowed by the name's side; None if the code decides nothing."""
    if label.code is None or label.code[0] not in SCHEMES:
        return None, ""
    coded = match_code(label.code[1], label.laterality, region)
    if not coded:
        return None, ""
    both = tuple(key for key in coded if key in named.keys)
    if len(coded) > 1:
        return both or coded, "the code has no side"
    if named.keys and not both:
        return (*coded, *named.keys), "code and name contradict each other"
    return coded, ""
