"""What a contact sheet shows: one item per (dimension, task, plane) with its pictures, a few frames each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from misground.anatomy import PLANES
from misground.records import COORDINATES, DIMENSIONS, MODALITIES, PROMPTS, TASKS

FRAMES: Final = 4
"""Number of frames of a stack that a sheet shows."""

ITEM_COLUMNS: Final = (
    "item_id", "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a", "structure_b",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One picture and the questions about it, one row of `questions` for each kind of terms."""

    condition: str
    coordinates: str
    prompt: str
    view_id: str | None
    questions: tuple[Row, ...]
    probe: str | None = None


@dataclass(frozen=True)
class ShownItem:
    """An item on the sheet; `facts` is one row of `questions`, read for what they have in common."""

    facts: Row
    cells: tuple[Cell, ...]
    probes: tuple[Cell, ...] = ()

    @property
    def kind(self) -> tuple[str, str, str]:
        """(dimension, task, plane)."""
        return self.facts["dimension"], self.facts["task"], self.facts["plane"]

    @property
    def questions(self) -> tuple[Row, ...]:
        """All questions of the item."""
        return tuple(question for cell in self.cells for question in cell.questions)

    def cell(self, condition: str, coordinates: str, prompt: str) -> Cell | None:
        """The picture with these factors; None if the benchmark has none."""
        factors = (condition, coordinates, prompt)
        return next((c for c in self.cells if (c.condition, c.coordinates, c.prompt) == factors), None)

    def of(self, condition: str) -> tuple[Cell, ...]:
        """The pictures of one condition, storage before viewing, then by prompt."""
        return tuple(cell for cell in self.cells if cell.condition == condition)


def choose_items(items: Iterable[Row]) -> list[Row]:
    """Choose one item for each (dimension, task, plane) that occurs, alternating modalities.

    Among the candidates, the one whose case, and then whose structures, are rarest on the sheet so far is
    chosen; ties go to the earlier one.

    Args:
        items: rows of ITEM_COLUMNS, one per item.
    """
    pools: dict[tuple[str, str, str], dict[str, list[Row]]] = {}
    for row in items:
        kind = (row["dimension"], row["task"], row["plane"])
        pools.setdefault(kind, {}).setdefault(row["modality"], []).append(row)
    kinds = [(d, t, p) for d in DIMENSIONS for t in TASKS for p in PLANES if (d, t, p) in pools]
    present = [m for m in MODALITIES if any(m in pools[kind] for kind in kinds)]
    cases: Counter[str] = Counter()
    structures: Counter[str] = Counter()
    chosen: list[Row] = []
    for number, kind in enumerate(kinds):
        turn = present[number % len(present) :] + present[: number % len(present)]
        pool = next(pools[kind][modality] for modality in turn if modality in pools[kind])
        best = min(pool, key=lambda row: (cases[row["case_id"]], sum(structures[s] for s in _asked(row))))
        cases[best["case_id"]] += 1
        structures.update(_asked(best))
        chosen.append(best)
    return chosen


def arrange(questions: Iterable[Row], order: Sequence[str]) -> list[ShownItem]:
    """The questions of some items, arranged as cells; `order` lists the item ids in the order to show."""
    cells: dict[str, dict[tuple[str, str, str], list[Row]]] = {}
    probes: dict[str, dict[tuple[str, str, str, str], list[Row]]] = {}
    for row in questions:
        factors, probe = (row["condition"], row["coordinates"], row["prompt"]), row.get("probe")
        if probe is None:
            cells.setdefault(row["item_id"], {}).setdefault(factors, []).append(row)
        else:
            probes.setdefault(row["item_id"], {}).setdefault((*factors, probe), []).append(row)
    return [_shown(cells[item_id], probes.get(item_id, {})) for item_id in order if item_id in cells]


def _shown(
    cells: Mapping[tuple[str, str, str], list[Row]], probes: Mapping[tuple[str, str, str, str], list[Row]]
) -> ShownItem:
    def place(factors: tuple[str, str, str]) -> tuple[int, int]:
        _, coordinates, prompt = factors
        return _index(COORDINATES, coordinates), _index(PROMPTS, prompt)

    made = [
        Cell(*factors, view_id=rows[0]["view_id"], questions=tuple(rows))
        for factors, rows in sorted(cells.items(), key=lambda pair: place(pair[0]))
    ]
    asked = [
        Cell(*factors[:3], view_id=rows[0]["view_id"], questions=tuple(rows), probe=factors[3])
        for factors, rows in probes.items()
    ]
    return ShownItem(facts=made[0].questions[0], cells=tuple(made), probes=tuple(asked))


def choose_frames(count: int, marks: Sequence[Row]) -> list[int]:
    """Choose at most FRAMES frames of a stack of `count`, in display order.

    With marks: the first, the last, the middle one of those that show A, of those that show B, and of those
    that show both, then the frames furthest from the ones chosen. Without marks: the middles of FRAMES equal
    parts.
    """
    shown: dict[str, set[int]] = {}
    for mark in marks:
        shown.setdefault(mark["label"], set()).add(mark["frame"])
    if not shown:
        return sorted({(2 * part + 1) * count // (2 * FRAMES) for part in range(FRAMES)})
    groups = [own for _, own in sorted(shown.items())] + [set.intersection(*shown.values())]
    middles = [sorted(own)[len(own) // 2] for own in groups if own]
    frames = list(dict.fromkeys([0, count - 1, *middles]))[:FRAMES]
    while len(frames) < min(FRAMES, count):
        rest = (frame for frame in range(count) if frame not in frames)
        frames.append(max(rest, key=lambda f: (min(abs(f - g) for g in frames), -f)))
    return sorted(frames)


def _asked(row: Row) -> list[str]:
    return [row[name] for name in ("structure_a", "structure_b") if row[name] is not None]


def _index(words: Sequence[str], word: str) -> int:
    return words.index(word) if word in words else len(words)
