"""The balance of a folder, and what a rule that reads direction words in names would score."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable

from scipy.stats import binom
from second.bodies import structures
from second.facts import SLICE_AXIS, in_plane_axes
from second.folder import Folder
from second.words import patient_words

STRATUM = ("modality", "dimension", "plane", "task", "axis")


def faults(folder: Folder) -> list[str]:
    """Where counts that should be equal to within one item are not."""
    items = [questions[0] for questions in folder.items.values()]
    sides = {case_id: row["side"] for case_id, row in folder.cases.items()}

    def cell(item: dict) -> tuple:
        # A knee's x has the words medial and lateral, a torso's left and right.
        words = sides[item["case_id"]] is not None and item["axis"] == "x"
        return (*stratum(item), words)

    def word(item: dict) -> int:
        """Of the two words of the axis, 1 or -1; 0 where there is no pair. Lateral is -x in a left knee."""
        return -sign(item) if item["axis"] == "x" and sides[item["case_id"]] == "left" else sign(item)

    relations = [item for item in items if item["axis"] and item["structure_b"]]
    stacks = [item for item in items if item["dimension"] == "3d"]
    return [
        *uneven("words", relations, cell, word, (1, -1)),
        *uneven("stack directions", stacks, lambda i: (*cell(i), word(i)), reverse, (True, False)),
        *uneven("positions", items, lambda i: (*cell(i), word(i), reverse(i), width(i)), position),
        *uneven(
            "planes",
            [item for item in items if item["task"] == "slice_direction"],
            lambda item: item["modality"],
            lambda item: item["plane"],
            ("axial", "coronal", "sagittal"),
        ),
    ]


def crowded(folder: Folder) -> list[str]:
    """Strata of relations with two items more than another of their modality, where all have candidates."""
    relations = [questions[0] for questions in folder.items.values() if questions[0]["structure_b"]]
    kinds = [("2d", plane, "in_plane", axis) for plane in SLICE_AXIS for axis in in_plane_axes(plane)]
    kinds += [("3d", *kind[1:]) for kind in kinds]
    kinds += [("3d", plane, "cross_slice", axis) for plane, axis in SLICE_AXIS.items()]
    return uneven("items", relations, lambda i: i["modality"], lambda i: stratum(i)[1:], kinds)


def stratum(item: dict) -> tuple:
    return tuple(item[name] for name in STRATUM)


def sign(item: dict) -> int:
    """Of A minus B; 0 where there is no pair."""
    evidence = item["evidence"]
    if not item["structure_b"] or evidence is None:
        return 0
    return 1 if evidence["delta_mm"] > 0 else -1


def reverse(item: dict) -> bool | None:
    return item["stack_reversed"]


def width(item: dict) -> int:
    return len(item["options"])


def position(item: dict) -> int:
    return item["options"].index(item["answer"])


def uneven(
    what: str,
    items: list[dict],
    group: Callable[[dict], Hashable],
    value: Callable[[dict], Hashable],
    values: Iterable[Hashable] | None = None,
) -> list[str]:
    """Groups of items in which the values' counts differ by more than one."""
    counts: dict[Hashable, Counter] = defaultdict(Counter)
    for item in items:
        counts[group(item)][value(item)] += 1
        if values is None:
            counts[group(item)].update(dict.fromkeys(range(width(item)), 0))
    for count in counts.values():
        count.update(dict.fromkeys(values or (), 0))
    return [
        f"{what} of {group}: {dict(c)}"
        for group, c in counts.items()
        if max(c.values()) - min(c.values()) > 1
    ]


def word_sign(key: str, axis: str, side: str | None) -> int:
    """The sign along an axis that a direction word in a structure's name hints at, 0 for none."""
    words = set(structures()[key]["name"].lower().split())
    plus, minus = patient_words(axis, side)
    if axis == "z":
        return bool(words & {"superior", "upper"}) - bool(words & {"inferior", "lower"})
    return bool(words & {plus}) - bool(words & {minus})


def guess(item: dict, side: str | None) -> int:
    """The sign that the names say: A's word, else the opposite of B's, else by a coin, the same each time."""
    of_a = word_sign(item["structure_a"], item["axis"], side)
    of_b = word_sign(item["structure_b"], item["axis"], side)
    coin = 1 if hashlib.sha256(item["item_id"].encode()).digest()[0] % 2 else -1
    return of_a or -of_b or coin


def telling_names(folder: Folder) -> list[str]:
    """(task, axis) in which that rule scores outside the central 99.9% of what a coin scores."""
    scores: dict[tuple, list[bool]] = defaultdict(list)
    for questions in folder.items.values():
        item = questions[0]
        if item["structure_b"]:
            side = folder.cases[item["case_id"]]["side"]
            scores[item["task"], item["axis"]].append(guess(item, side) == sign(item))
    found = []
    for where, right in scores.items():
        low, high = binom.interval(0.999, len(right), 0.5)
        if not low <= sum(right) <= high:
            found.append(f"{where}: {sum(right)} of {len(right)}, not within {low} to {high}")
    return found
