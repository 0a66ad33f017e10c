"""Relations between structures that hold in nearly every body: `data/relations.csv`, read once and checked.

Columns: region (torso, knee); structure_a; axis (x, y, z); sign of a - b along that axis; structure_b;
sureness;
note (what makes it less sure). In RAS+, x points to the patient's right, y anterior, z superior; in a knee, x
points to lateral, so that the rows hold for both knees.

sureness: the probability that the centroids have this order in a scan with a correct header, including
cropped
scans and unusual anatomy. It is the authors' judgement, compared with crops of a real scan, not a
measurement.

A `*` in one or both structures stands for left and right in turn: `kidney_*,y,+,autochthon_*` relates the
left kidney to the left muscle, and the right kidney to the right muscle. Every left-right or medial-lateral
pair in the structure table has its own row along x.
"""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import Final, Literal

from misground.anatomy.planes import AXES, Axis
from misground.anatomy.structures import UNPAIRED, StructureTable, structure_table

REGIONS: Final = ("torso", "knee")
_SIGNS: Final[Mapping[str, Literal[-1, 1]]] = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Relation:
    """`structure_a` lies on the `sign` side of `structure_b` along `axis` (knee x: + is lateral)."""

    region: str
    structure_a: str
    axis: Axis
    sign: Literal[-1, 1]
    structure_b: str
    sureness: float

    @property
    def log_odds(self) -> float:
        """ln(p / (1 - p)) of its sureness p: the weight of one such relation, for or against a header."""
        return math.log(self.sureness / (1 - self.sureness))


def parse_relations(text: str, table: StructureTable) -> tuple[Relation, ...]:
    """Read and check a relation table in the format of `data/relations.csv`.

    Args:
        text: the content of the file.
        table: the structure table.

    Raises:
        ValueError: lists every fault: a row that cannot be parsed, a structure that is unknown or of another
            region, a sureness outside (0.5, 1), a repeated pair, relations that cannot all hold (a above b, b
            above a), a left-right or medial-lateral pair without its relation along x.
    """
    relations: list[Relation] = []
    faults: list[str] = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            relations += _relations(row)
        except (KeyError, TypeError, ValueError):
            faults.append(f"line {number} cannot be parsed")
    faults += _row_faults(relations, table)
    faults += _order_faults(relations)
    faults += _twin_faults(relations, table)
    if faults:
        raise ValueError("relation table: " + "; ".join(faults))
    return tuple(relations)


@cache
def load_relations() -> tuple[Relation, ...]:
    """The relations that ship with the package, in file order."""
    data = files("misground.anatomy") / "data" / "relations.csv"
    return parse_relations(data.read_text(encoding="utf-8"), structure_table())


def _relations(row: Mapping[str, str]) -> list[Relation]:
    if row["region"] not in REGIONS or row["axis"] not in AXES:
        raise ValueError(row)
    names = row["structure_a"], row["structure_b"]
    sides = ("left", "right") if any("*" in name for name in names) else ("",)
    return [
        Relation(
            region=row["region"],
            structure_a=names[0].replace("*", side),
            axis=row["axis"],
            sign=_SIGNS[row["sign"]],
            structure_b=names[1].replace("*", side),
            sureness=float(row["sureness"]),
        )
        for side in sides
    ]


def _row_faults(relations: list[Relation], table: StructureTable) -> Iterable[str]:
    seen: set[tuple[str, Axis, frozenset[str]]] = set()
    for r in relations:
        for key in (r.structure_a, r.structure_b):
            structure = table.structures.get(key)
            if structure is None:
                yield f"unknown structure {key!r}"
            elif structure.region != r.region:
                yield f"{key} is not a structure of the {r.region}"
        if not 0.5 < r.sureness < 1:
            yield f"sureness {r.sureness} of {r.structure_a}, {r.structure_b} is outside (0.5, 1)"
        pair = (r.region, r.axis, frozenset((r.structure_a, r.structure_b)))
        if pair in seen:
            yield f"{r.structure_a}, {r.structure_b} is given twice along {r.axis}"
        seen.add(pair)


def _order_faults(relations: list[Relation]) -> Iterable[str]:
    """Relations that no body can satisfy together: a cyclic order along an axis."""
    for region in REGIONS:
        for axis in AXES:
            order: TopologicalSorter[str] = TopologicalSorter()
            for r in relations:
                if (r.region, r.axis) == (region, axis):
                    ends = (r.structure_a, r.structure_b)
                    order.add(*(ends if r.sign > 0 else ends[::-1]))
            try:
                order.prepare()
            except CycleError as error:
                yield f"{region} {axis} is cyclic: " + ", ".join(error.args[1])


def _twin_faults(relations: list[Relation], table: StructureTable) -> Iterable[str]:
    signs = {(r.structure_a, r.structure_b): r.sign for r in relations if r.axis == "x"}
    signs |= {(b, a): -sign for (a, b), sign in signs.items()}
    for s in table.structures.values():
        if s.side in ("left", "medial") and s.pair and s.pair != UNPAIRED:
            sign = signs.get((s.key, s.pair))
            if sign is None:
                yield f"no relation of {s.key} to {s.pair} along x"
            elif sign > 0:
                yield f"{s.key} is on the wrong side of {s.pair}"
