"""Balance over all items, and what the words in the names are worth."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from scipy import special

from misground.anatomy import PLANES
from misground.records import RELATION_TASKS

LEAST_PROBABILITY: Final = 0.001
"""Of a guesser's score by chance, in both directions together."""

_Value = TypeVar("_Value")


class ItemFacts(NamedTuple):
    """What balance is counted over. guess: the sign that the names' direction words hint at, else 0."""

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


def balance_problems(items: Sequence[ItemFacts]) -> Iterator[str]:
    """Signs, directions of the stack, places of the right option, planes: each to within one item."""
    strata: dict[tuple[str, ...], list[ItemFacts]] = defaultdict(list)
    for item in items:
        strata[item.modality, item.dimension, item.plane, item.task, item.axis or "no axis"].append(item)
    for key, members in sorted(strata.items()):
        yield from _stratum_problems("/".join(key), members)
    planes: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        if item.task == "slice_direction":
            planes[item.modality][item.plane] += 1
    for modality, counts in sorted(planes.items()):
        yield from _uneven(f"{modality}/slice_direction: plane", counts, PLANES)


def _stratum_problems(name: str, items: Sequence[ItemFacts]) -> Iterator[str]:
    by_sign: dict[int | None, list[ItemFacts]] = defaultdict(list)
    for item in items:
        # The sign of a stack_order item is the direction of its stack, which is counted below.
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
                f"{here}: place of the answer", Counter(i.position for i in same), tuple(places)
            )


def _uneven(what: str, counts: Mapping[_Value, int], values: Sequence[_Value]) -> Iterator[str]:
    numbers = [counts.get(value, 0) for value in values]
    if max(numbers) - min(numbers) > 1:
        shown = ", ".join(f"{value} {number}" for value, number in zip(values, numbers, strict=True))
        yield f"{what} is uneven: {shown}; expected equal to within one item"


def name_word_problems(items: Sequence[ItemFacts]) -> Iterator[str]:
    """(task, axis) in which reading the direction words of names alone beats or misses chance."""
    for (task, axis), (right, guessed) in sorted(name_word_scores(items).items()):
        if chance(right, guessed) < LEAST_PROBABILITY:
            yield (
                f"{task}/{axis}: the direction words in names are right in {right}/{guessed} items that they "
                f"say anything about, outside the {1 - LEAST_PROBABILITY:.1%} interval of chance"
            )


def name_word_scores(items: Sequence[ItemFacts]) -> dict[tuple[str, str], tuple[int, int]]:
    """(task, axis) -> (right, guessed) of a reader who sees nothing but the names."""
    scores: dict[tuple[str, str], tuple[int, int]] = {}
    for item in items:
        if item.axis is not None and item.guess and item.sign is not None:
            right, guessed = scores.get((item.task, item.axis), (0, 0))
            scores[item.task, item.axis] = (right + (item.guess == item.sign), guessed + 1)
    return scores


def chance(right: int, guessed: int) -> float:
    """Two-sided probability that coin flips lie at least as far from half as `right` of `guessed`."""
    fewer = min(right, guessed - right)
    if 2 * fewer >= guessed:
        return 1.0
    return float(2 * special.bdtr(fewer, guessed, 0.5))
