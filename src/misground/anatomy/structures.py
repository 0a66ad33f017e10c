"""The structures that questions are about: `data/structures.csv`, read once and checked.

The benchmark consists of 67 structures in CT and 10 in MRI of the knee; others are extensions.

Columns: key; name (used in questions); lay_name (everyday word, if there is one); synonyms (other usual
names, short forms and abbreviations, separated by semicolons; replies use them, questions do not); region
(torso, knee); benchmark (ct, mri, extension); side (the direction word in the name); pair (key of the
counterpart on the other side, or `unpaired`); snomed_ct and snomed_ct_laterality (concept and laterality
modifier, if one means this structure); and one column for each label set with the label values of the
structure ("5" or "26-50"; several values are merged).

Label sets: total (TotalSegmentator v2), total_v1, total_mr, oai (the ten knee labels of pymskt), oai_zib,
oaizib_cm.
"""

import csv
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast, get_args

Side = Literal["left", "right", "medial", "lateral"]
LabelSet = Literal["total", "total_v1", "total_mr", "oai", "oai_zib", "oaizib_cm"]

LABEL_SETS: Final[tuple[LabelSet, ...]] = get_args(LabelSet)
UNPAIRED: Final = "unpaired"
BENCHMARK_COUNTS: Final = {"ct": 67, "mri": 10}
_OPPOSITE: Final = {"left": "right", "right": "left", "medial": "lateral", "lateral": "medial"}


@dataclass(frozen=True)
class Structure:
    """One anatomical structure.

    Attributes:
        key: unique name in tables.
        name: name in questions.
        region: torso or knee.
        benchmark: ct, mri or extension.
        lay_name: everyday word; None if there is none.
        synonyms: other usual names.
        side: the direction word in the name; None if it has none.
        pair: key of the counterpart on the other side; "unpaired" for a sided structure without one; None if
            the name has no side.
        snomed_ct: SNOMED CT concept; None if none means exactly this structure.
        snomed_ct_laterality: SNOMED CT laterality modifier; None if not needed.
    """

    key: str
    name: str
    region: str
    benchmark: str = "extension"
    lay_name: str | None = None
    side: Side | None = None
    pair: str | None = None
    snomed_ct: str | None = None
    snomed_ct_laterality: str | None = None
    synonyms: tuple[str, ...] = ()

    @property
    def extension(self) -> bool:
        """Whether it is not one of the benchmark's 67 + 10 structures."""
        return self.benchmark == "extension"


@dataclass(frozen=True)
class StructureTable:
    """All structures, with their label values.

    Attributes:
        structures: key -> structure, in file order.
        labels: label set -> label value -> key.
    """

    structures: Mapping[str, Structure]
    labels: Mapping[str, Mapping[int, str]]

    def label_set(self, name: LabelSet) -> dict[int, Structure]:
        """Label value -> structure, for one label set."""
        return {value: self.structures[key] for value, key in self.labels[name].items()}

    def rank(self, key: str) -> tuple[int, str]:
        """A sort key: file order first, then unknown structures by key."""
        order = list(self.structures)
        return (order.index(key) if key in self.structures else len(order), key)


def parse_structures(text: str) -> StructureTable:
    """Read and check a structure table in the format of `data/structures.csv`.

    Raises:
        ValueError: lists every fault: counts other than 67 + 10, a repeated key, name or synonym, a
            repeated label value within a label set, a sided structure that is neither paired nor marked as
            unpaired.
    """
    structures: list[Structure] = []
    labels: dict[str, list[tuple[int, str]]] = {name: [] for name in LABEL_SETS}
    for row in csv.DictReader(text.splitlines()):
        structures.append(_structure(row))
        for name in LABEL_SETS:
            labels[name] += [(value, row["key"]) for value in _label_values(row[name])]
    faults = list(_faults(structures, labels))
    if faults:
        raise ValueError("structure table: " + "; ".join(faults))
    return StructureTable(
        structures={s.key: s for s in structures},
        labels={name: dict(pairs) for name, pairs in labels.items()},
    )


@cache
def structure_table() -> StructureTable:
    """The table that ships with the package."""
    data = files("misground.anatomy") / "data" / "structures.csv"
    return parse_structures(data.read_text(encoding="utf-8"))


def _structure(row: Mapping[str, str]) -> Structure:
    return Structure(
        key=row["key"],
        name=row["name"],
        region=row["region"],
        benchmark=row["benchmark"],
        lay_name=row["lay_name"] or None,
        side=cast("Side | None", row["side"] or None),
        pair=row["pair"] or None,
        snomed_ct=row["snomed_ct"] or None,
        snomed_ct_laterality=row["snomed_ct_laterality"] or None,
        synonyms=tuple(word.strip() for word in (row.get("synonyms") or "").split(";") if word.strip()),
    )


def _label_values(cell: str) -> Iterable[int]:
    if not cell:
        return ()
    first, _, last = cell.partition("-")
    return range(int(first), int(last or first) + 1)


def _faults(structures: list[Structure], labels: Mapping[str, list[tuple[int, str]]]) -> Iterable[str]:
    by_key = {s.key: s for s in structures}
    for benchmark, expected in BENCHMARK_COUNTS.items():
        found = sum(s.benchmark == benchmark for s in structures)
        if found != expected:
            yield f"found {found} structures of {benchmark}, expected {expected}"
    yield from (f"key {k!r} is used {n} times" for k, n in _repeated(s.key for s in structures))
    for region in {s.region for s in structures}:
        names = (s.name for s in structures if s.region == region)
        yield from (f"name {k!r} is used {n} times" for k, n in _repeated(names))
        every = (
            name.lower()
            for s in structures
            if s.region == region
            for name in {s.name, s.lay_name or s.name, *s.synonyms}
        )
        yield from (f"name or synonym {k!r} is used {n} times" for k, n in _repeated(every))
    for name, pairs in labels.items():
        for value, n in _repeated(value for value, _ in pairs):
            yield f"label set {name}: value {value} is used {n} times"
    for s in structures:
        if (s.side is None) != (s.pair is None):
            yield f"{s.key}: a side requires a pair or {UNPAIRED!r}, and a pair requires a side"
        elif s.side and s.pair != UNPAIRED:
            twin = by_key.get(s.pair or "")
            if twin is None or twin.pair != s.key or twin.side != _OPPOSITE[s.side]:
                yield f"{s.key}: {s.pair!r} is not its counterpart on the other side"


def _repeated(values: Iterable[Hashable]) -> Iterable[tuple[Hashable, int]]:
    return ((value, n) for value, n in Counter(values).items() if n > 1)
