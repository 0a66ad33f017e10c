"""Made-up effects and replies: which items a model finds hard, and how alike its replies are.

The chance of a right answer is a mean, plus an effect of the case, of each structure, of the pair of
structures and of the item. The wordings of an item are correlated: with the probability `ALIKE`, all of them
are right or wrong together. The model is ours.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.analysis.dependence import NONE, Floats, Groups, Indices

ALIKE: Final = 0.4


@dataclass(frozen=True)
class Items:
    """Items of a benchmark.

    Attributes:
        cases: (n,) the case of each item, integers from 0.
        structures: (n, 2) the structures that it asks about, integers from 0; `NONE` where there is none.
    """

    cases: Indices
    structures: Indices

    def __len__(self) -> int:
        return len(self.cases)

    @cached_property
    def pairs(self) -> Indices:
        """(n,) a number for the unordered pair of structures of each item."""
        ordered = np.sort(self.structures, axis=1)
        return np.asarray(np.unique(ordered, axis=0, return_inverse=True)[1].reshape(-1), dtype=np.int64)

    def groups(self, repeats: int = 1) -> Groups:
        """The groups of the items, each repeated for its wordings."""
        at = np.repeat(np.arange(len(self)), repeats)
        return Groups(self.cases[at], self.structures[at], at)


@dataclass(frozen=True)
class Effects:
    """Standard deviations of the effects, as shares of 1."""

    case: float
    structure: float
    pair: float
    item: float

    def draw(self, items: Items, random: np.random.Generator) -> Floats:
        """(n,) the sum of the effects of each item, with mean zero over experiments."""
        names = random.normal(0, self.structure, max(int(items.structures.max()) + 1, 1))
        known = items.structures != NONE
        pairs, cases = items.pairs, items.cases
        drawn: Floats = random.normal(0, self.case, int(cases.max()) + 1)[cases]
        drawn = drawn + np.where(known, names[items.structures], 0.0).sum(axis=1)
        of_pairs = random.normal(0, self.pair, int(pairs.max()) + 1)[pairs]
        drawn = drawn + np.where(known.all(axis=1), of_pairs, 0.0)
        return drawn + random.normal(0, self.item, len(items))


def thresholds(item: Indices, random: np.random.Generator, alike: float = ALIKE) -> Floats:
    """(n,) uniform numbers, one for each question: below its chance, a question is answered right.

    Args:
        item: (n,) the item of each question, integers from 0.
        random: the source of randomness.
        alike: share of items whose questions have one number in common.
    """
    count = int(item.max(initial=-1)) + 1
    together, alone = random.random(count)[item], random.random(len(item))
    same: NDArray[np.bool_] = (random.random(count) < alike)[item]
    return np.where(same, together, alone)
