"""Which fault explains a case best: mirrored, turned, sides swapped, labels swapped, one label misplaced.

Each hypothesis undoes its fault and is weighed by what the case looks like then: against it speak half the
log-odds of each contradicted relation (relations share structures, so they are not independent), the costs of
`likeness`, and a price that a more special fault has to pay. Its evidence is what it gains over the case as
it lies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import AXES, Axis, structure_table
from misground.benchmark.check.likeness import Floats, Regions, away_mm, costs, known_regions
from misground.benchmark.check.relations import RelationArrays, Tally, relation_arrays
from misground.records import KneeSide, Region

Kind = Literal[
    "mirrored", "axes exchanged", "sides swapped", "organs mirrored", "labels swapped", "misplaced"
]

SWAP_EVIDENCE: Final = 7.0
"""Two labels are called swapped only if the swap gains this much, in natural logarithms of odds."""
FAR_MM: Final[dict[Region, float]] = {"torso": 140.0, "knee": 30.0}
"""A label this far from its place is called misplaced even where no relation is contradicted. In crops of the
real torso, structures that are not cut lie at most 90 mm away."""
CLOSE: Final = 4.0
"""Hypotheses whose evidence differs by less than this are told together."""
_PRICE: Final[dict[Kind, float]] = {
    "mirrored": 1.0,
    "axes exchanged": 4.0,
    "sides swapped": 2.0,
    "organs mirrored": 4.0,
    "labels swapped": 3.0,
    "misplaced": 5.0,
}
_RELATIONS: Final = 0.5
_NOWHERE: Final = 4.0
"""Cost of a region that none of the case's structures explains."""
_FEWEST_AROUND: Final = 8
_MOST_SWAPS: Final = 12
_WORTH_WEIGHING: Final = 3.0


@dataclass(frozen=True)
class Hypothesis:
    """One fault that would explain what contradicts anatomy.

    Attributes:
        kind: the kind of fault.
        axes: the axes that a mirroring flips; () for other kinds.
        structures: the structures whose labels are swapped, two and two, or the one that is misplaced.
        evidence: what undoing the fault gains, in natural logarithms of odds, after its price.
        before: the relations as the case lies.
        after: the relations once the fault is undone.
        away_mm: of a misplaced structure, how far it lies from its place along x, y, z; NaN where unknown.
    """

    kind: Kind
    axes: tuple[Axis, ...]
    structures: tuple[str, ...]
    evidence: float
    before: Tally
    after: Tally
    away_mm: tuple[float, ...] = ()


class _Weigher:
    """The evidence for a case as it lies, and after undoing faults."""

    def __init__(self, regions: Regions, region: Region, side: KneeSide | None) -> None:
        self.regions, self.region, self.side = regions, region, side
        self.known = known_regions(regions, region)
        index = {key: i for i, key in enumerate(regions.keys)}
        self.places = np.array([index[key] for key in self.known.keys], np.intp)
        self.costs = costs(self.known, region, side)

    # Computed on demand: a case that agrees, and whose labels all fit their places, needs no relations.
    @cached_property
    def relations(self) -> RelationArrays:
        return relation_arrays(self.regions.keys, self.region, self.side)

    @cached_property
    def before(self) -> Tally:
        return self.relations.tally(self.regions.mm)

    @cached_property
    def start(self) -> float:
        return self.weight(self.before, self.costs)

    @staticmethod
    def weight(tally: Tally, cost: Floats) -> float:
        return -_RELATIONS * tally.against - float(np.trace(cost))

    def other(self, kind: Kind, regions: Regions, axes: tuple[Axis, ...] = ()) -> Hypothesis:
        """A hypothesis under which the regions are others."""
        tally = relation_arrays(regions.keys, self.region, self.side).tally(regions.mm)
        return self._hypothesis(kind, tally, regions, axes)

    def turned(self, kind: Kind, regions: Regions, axes: tuple[Axis, ...]) -> Hypothesis:
        """As `other`, for regions with the same keys."""
        return self._hypothesis(kind, self.relations.tally(regions.mm), regions, axes)

    def _hypothesis(self, kind: Kind, tally: Tally, regions: Regions, axes: tuple[Axis, ...]) -> Hypothesis:
        cost = costs(known_regions(regions, self.region), self.region, self.side)
        gain = self.weight(tally, cost) - self.start - _PRICE[kind] * max(1, len(axes))
        return Hypothesis(kind, axes, (), gain, self.before, tally)


def explain(
    regions: Regions, region: Region, side: KneeSide | None, *, contradicts: bool
) -> tuple[Hypothesis, ...]:
    """The hypotheses that explain a case, best first.

    Args:
        regions: its labelled regions.
        region: torso or knee.
        side: of a knee; None if unknown.
        contradicts: whether its relations contradict anatomy. If not, only swapped labels and labels far from
            their place are looked for: place, size and tissue may show them where no relation does.

    Returns:
        The best hypothesis and those close to it, one of a kind; () if the case agrees, or if nothing
        explains it.
    """
    weigher = _Weigher(regions, region, side)
    swaps = _swaps(weigher, contradicts=contradicts)
    if not contradicts:
        if swaps is not None and swaps.evidence >= SWAP_EVIDENCE:
            return (swaps,)
        return tuple(_far_away(weigher))[:1]
    found = [*_orientations(weigher), *_side_faults(weigher), *_misplaced(weigher)]
    found += [swaps] if swaps is not None else []
    best: dict[Kind, Hypothesis] = {}
    for one in sorted((h for h in found if h.evidence > 0), key=lambda h: -h.evidence):
        best.setdefault(one.kind, one)
    ordered = list(best.values())
    return tuple(h for h in ordered if h.evidence > ordered[0].evidence - CLOSE)


def _orientations(weigher: _Weigher) -> Iterator[Hypothesis]:
    own = weigher.regions
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            if (order, signs) == ((0, 1, 2), (1, 1, 1)):
                continue
            turned = replace(
                own,
                mm=own.mm[:, order] * signs,
                spreads_mm=own.spreads_mm[:, order],
                touches=own.touches[:, order],
            )
            flipped = tuple(axis for axis, sign in zip(AXES, signs, strict=True) if sign < 0)
            if order == (0, 1, 2):
                yield weigher.turned("mirrored", turned, flipped)
            else:
                yield weigher.turned("axes exchanged", turned, ())


def _side_faults(weigher: _Weigher) -> Iterator[Hypothesis]:
    table = structure_table().structures
    keys = tuple(_opposite(key) for key in weigher.regions.keys)
    if len(set(keys)) < len(keys) or keys == weigher.regions.keys or not set(keys) <= table.keys():
        return
    swapped = replace(weigher.regions, keys=keys)
    yield weigher.other("sides swapped", swapped)
    yield weigher.other("organs mirrored", replace(swapped, mm=swapped.mm * (-1, 1, 1)))


def _opposite(key: str) -> str:
    structure = structure_table().structures.get(key)
    pair = None if structure is None else structure.pair
    return pair if pair in structure_table().structures and pair is not None else key


def _misplaced(weigher: _Weigher) -> Iterator[Hypothesis]:
    keys = weigher.regions.keys
    position = {int(place): i for i, place in enumerate(weigher.places)}
    away = away_mm(weigher.known, weigher.region, weigher.side)
    for k, key in enumerate(keys):
        after = weigher.relations.tally(weigher.regions.mm, without=k)
        if after.against >= weigher.before.against:
            continue
        i = position.get(k)
        cost = 0.0 if i is None else max(0.0, weigher.costs[i, i] - _NOWHERE)
        gain = _RELATIONS * (weigher.before.against - after.against) + cost - _PRICE["misplaced"]
        apart = () if i is None else tuple(float(mm) for mm in away[i, i])
        yield Hypothesis("misplaced", (), (key,), float(gain), weigher.before, after, apart)


def _far_away(weigher: _Weigher) -> Iterator[Hypothesis]:
    """A whole structure that lies far from its place in a body where the others do not."""
    regions = weigher.known
    if len(regions.keys) < _FEWEST_AROUND:
        return
    own = away_mm(regions, weigher.region, weigher.side)[
        np.arange(len(regions.keys)), np.arange(len(regions.keys))
    ]
    apart = np.sqrt(np.nansum(own**2, axis=1))
    apart[regions.touches.any(axis=1)] = 0
    limit = FAR_MM[weigher.region]
    for i in np.argsort(-apart):
        if apart[i] < limit or np.median(apart) > limit / 4:
            return
        after = weigher.relations.tally(weigher.regions.mm, without=int(weigher.places[i]))
        away = tuple(float(mm) for mm in own[i])
        yield Hypothesis(
            "misplaced", (), (regions.keys[i],), float(apart[i] / limit), weigher.before, after, away
        )


def _swaps(weigher: _Weigher, *, contradicts: bool) -> Hypothesis | None:
    """The best swaps of two labels, one after the other, as long as each gains enough."""
    worth = -_WORTH_WEIGHING if contradicts else _WORTH_WEIGHING
    if not len(_candidates(weigher.costs, worth)):
        return None
    mm, cost, tally = weigher.regions.mm.copy(), weigher.costs.copy(), weigher.before
    named: list[str] = []
    used: set[int] = set()
    for _ in range(_MOST_SWAPS):
        best = _best_swap(weigher, mm, cost, tally, used, worth)
        if best is None or best[0] < (SWAP_EVIDENCE if named else 0):
            break
        _, i, j, tally = best
        used |= {i, j}
        rows = weigher.places[[i, j]]
        mm[rows] = mm[rows[::-1]]
        cost[[i, j]] = cost[[j, i]]
        named += [weigher.known.keys[i], weigher.known.keys[j]]
    if not named:
        return None
    price = _PRICE["labels swapped"] * len(named) / 2
    gain = weigher.weight(tally, cost) - weigher.start - price
    return Hypothesis("labels swapped", (), tuple(named), gain, weigher.before, tally)


def _gains(cost: Floats) -> Floats:
    """(S, S) what the costs gain if two labels are swapped."""
    own = np.diag(cost)
    gains: Floats = own[:, None] + own[None, :] - cost - cost.T
    return gains


def _candidates(cost: Floats, worth: float) -> NDArray[np.intp]:
    """(N, 2) the pairs of labels whose swap gains at least `worth`, without their relations."""
    return np.argwhere(np.triu(_gains(cost) >= worth, 1))


def _best_swap(
    weigher: _Weigher, mm: Floats, cost: Floats, tally: Tally, used: set[int], worth: float
) -> tuple[float, int, int, Tally] | None:
    gains = _gains(cost)
    best: tuple[float, int, int, Tally] | None = None
    for i, j in _candidates(cost, worth).tolist():
        if used & {i, j}:
            continue
        rows = weigher.places[[i, j]]
        swapped = mm.copy()
        swapped[rows] = swapped[rows[::-1]]
        after = weigher.relations.tally(swapped)
        gain = gains[i, j] + _RELATIONS * (tally.against - after.against) - _PRICE["labels swapped"]
        if best is None or gain > best[0]:
            best = (float(gain), i, j, after)
    return best


def swapped_pairs(structures: Sequence[str]) -> list[tuple[str, str]]:
    """The structures of a hypothesis, two and two."""
    return list(zip(structures[::2], structures[1::2], strict=True))
