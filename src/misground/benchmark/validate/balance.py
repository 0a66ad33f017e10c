"""The balance over all items, and how much the words in structure names give away."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from scipy import special

from misground.anatomy import PLANES
from misground.records import RELATION_TASKS

LEAST_PROBABILITY: Final = 0.001
"""A name reader's score that is less probable by chance, two-sided, is a problem."""

_Value = TypeVar("_Value")


class ItemFacts(NamedTuple):
    """The properties of an item over which balance is counted.

    Attributes:
        modality: ct or mri.
        dimension: 2d or 3d.
        plane: axial, coronal or sagittal.
        task: the task.
        axis: the axis asked; None for slice_direction.
        sign: sign of A minus B; along a knee's x, 1 for lateral and -1 for medial.
        stack_reversed: direction of the stack; None in 2D.
        position: position of the answer among the options.
        options: number of options.
        guess: the sign that direction words in the names suggest; 0 if they suggest none.
        knee: whether the words are medial and lateral, which are balanced apart from left and right.
        naming: position of the answer among the options of the probe `naming`; None without it.
    """

    modality: str
    dimension: str
    plane: str
    task: str
    axis: str | None
    sign: int | None
    stack_reversed: bool | None
    position: int
    options: int
    guess: int
    knee: bool = False
    naming: int | None = None


def balance_problems(items: Sequence[ItemFacts]) -> Iterator[str]:
    """Unevenness, beyond one item, of signs, stack directions, positions of the answer, and planes."""
    strata: dict[tuple[str, ...], list[ItemFacts]] = defaultdict(list)
    for item in items:
        axis = "x (medial, lateral)" if item.knee else item.axis or "no axis"
        strata[item.modality, item.dimension, item.plane, item.task, axis].append(item)
    for key, members in sorted(strata.items()):
        yield from _stratum_problems("/".join(key), members)
        yield from _naming_problems("/".join(key) + ", naming", members)
    yield from _naming_problems("naming", items)
    planes: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        if item.task == "slice_direction":
            planes[item.modality][item.plane] += 1
    for modality, counts in sorted(planes.items()):
        yield from _uneven(f"{modality}/slice_direction: plane", counts, PLANES)


def _stratum_problems(name: str, items: Sequence[ItemFacts]) -> Iterator[str]:
    by_sign: dict[int | None, list[ItemFacts]] = defaultdict(list)
    for item in items:
        # The sign of a stack_order item is the direction of its stack, counted below.
        by_sign[item.sign if item.task in RELATION_TASKS else None].append(item)
    if None not in by_sign:
        yield from _uneven(f"{name}: sign of A - B", Counter(i.sign for i in items), (1, -1))
    for sign, same_sign in by_sign.items():
        where = name if sign is None else f"{name}, sign {sign:+d}"
        directions = Counter(item.stack_reversed for item in same_sign)
        if None not in directions:
            yield from _uneven(f"{where}: stack_reversed", directions, (False, True))
        for direction in directions:
            same = [item for item in same_sign if item.stack_reversed == direction]
            here = where if direction is None else f"{where}, stack_reversed {direction}"
            places = range(same[0].options)
            yield from _uneven(
                f"{here}: position of the answer", Counter(i.position for i in same), tuple(places)
            )


def _naming_problems(name: str, items: Sequence[ItemFacts]) -> Iterator[str]:
    places = Counter(item.naming for item in items if item.naming is not None)
    yield from _uneven(f"{name}: position of the answer", places, (0, 1))


def _uneven(what: str, counts: Mapping[_Value, int], values: Sequence[_Value]) -> Iterator[str]:
    numbers = [counts.get(value, 0) for value in values]
    if max(numbers) - min(numbers) > 1:
        shown = ", ".join(f"{value} {number}" for value, number in zip(values, numbers, strict=True))
        yield f"{what} is unbalanced: {shown}; expected equal counts to within one item"


def name_word_problems(items: Sequence[ItemFacts]) -> Iterator[str]:
    """Problems for each (task, axis) in which reading only the names scores above or below chance."""
    for (task, axis), (right, guessed) in sorted(name_word_scores(items).items()):
        if chance(right, guessed) < LEAST_PROBABILITY:
            yield (
                f"{task}/{axis}: direction words in names give the answer in {right}/{guessed} items with "
                f"such words, outside the {1 - LEAST_PROBABILITY:.1%} interval of chance"
            )


def name_word_scores(items: Sequence[ItemFacts]) -> dict[tuple[str, str], tuple[int, int]]:
    """(task, axis) -> (correct, guessed) for a reader who sees only the names."""
    scores: dict[tuple[str, str], tuple[int, int]] = {}
    for item in items:
        if item.axis is not None and item.guess and item.sign is not None:
            right, guessed = scores.get((item.task, item.axis), (0, 0))
            scores[item.task, item.axis] = (right + (item.guess == item.sign), guessed + 1)
    return scores


def chance(right: int, guessed: int) -> float:
    """Two-sided probability that coin flips deviate from half at least as much as `right` of `guessed`."""
    fewer = min(right, guessed - right)
    if 2 * fewer >= guessed:
        return 1.0
    return float(2 * special.bdtr(fewer, guessed, 0.5))
