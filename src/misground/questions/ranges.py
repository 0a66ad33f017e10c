"""How far the stack of a `cross_slice` item reaches beyond its two structures.

In a stack that is cut close around A and B, the half in which A lies tells the answer; B need not be seen.
Such a stack is therefore widened, at one end, the other or both, in steps up to the end of the scan. Of these
ranges, the draw takes the one after which A has stood in each part of the stacks about as often with either
answer, and after A, B. Where a scan ends close to the pair, both halves cannot be had, so pairs that can lie
in one half of their stack are drawn before others.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.questions.stacks import stack_slices
from misground.questions.truth import MAX_FRAMES, Thresholds

STEPS: Final = 8
"""Number of equal steps, at each end of a stack, from the close range to the end of the scan."""
PARTS: Final = 8
"""Number of equal parts of a stack over which the places of A and B are counted."""
_WEIGHTS: Final = (40, 4, 10, 1)
"""What an imbalance counts: of A and of B over the two halves, of A and of B over the parts."""


def range_ends(lo: int, hi: int, slices: int) -> tuple[list[int], list[int]]:
    """The first and the last slices that a close range lo ... hi of a scan may be widened to."""
    first = [lo - lo * step // STEPS for step in range(STEPS + 1)]
    last = [hi + (slices - 1 - hi) * step // STEPS for step in range(STEPS + 1)]
    return list(dict.fromkeys(first)), list(dict.fromkeys(last))


@dataclass(frozen=True)
class Places:
    """Where two structures stand in each of R stacks.

    Attributes:
        part: (R, 2) which of the `PARTS` parts of the stack holds the middle of each structure.
        usable: (R,) whether both show in enough frames and voxels, in the order of the answer, and neither
            stands exactly in the middle of the stack, which is in no half.
    """

    part: NDArray[np.int64]
    usable: NDArray[np.bool_]

    @property
    def upper_half(self) -> NDArray[np.bool_]:
        """(R, 2) whether the middle of each structure is in the second half of the ascending stack."""
        halves: NDArray[np.bool_] = self.part >= PARTS // 2
        return halves


def places(
    ranges: NDArray[np.int64], counts: NDArray[np.uint8], sign: NDArray[np.int8] | int, least: Thresholds
) -> Places:
    """Where two structures stand in the stacks of R ranges.

    The middle of a structure is the mean of the frames that show it, as on the screen. Decided in integers.

    Args:
        ranges: (R, 2) first and last slice.
        counts: (2, R, n) number of voxels of each structure in each slice, at most `least.voxels`.
        sign: +1 if the first structure is at larger indices than the second, -1 if at smaller ones.
        least: the minima for frames and voxels.
    """
    frames, used = _frames(ranges)
    shown = np.take_along_axis(counts, frames[None], axis=2) * used
    there = shown > 0
    number, total = there.sum(axis=2), (there * np.arange(MAX_FRAMES)).sum(axis=2)
    steps = number * (used.sum(axis=1) - 1)
    usable = (number >= least.frames).all(axis=0) & (shown.sum(axis=2) >= least.voxels).all(axis=0)
    usable &= sign * (total[0] * number[1] - total[1] * number[0]) > 0
    usable &= (2 * total != steps).all(axis=0)
    return Places(np.minimum(PARTS * total // np.maximum(steps, 1), PARTS - 1).T, usable)


def _frames(ranges: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(R, 32) the slices of the stack of each range as in `stack_slices`, and which of the 32 are used."""
    lo, hi = ranges[:, :1], ranges[:, 1:]
    every = np.minimum(lo + np.arange(MAX_FRAMES), hi)
    thinned = np.round(np.linspace(ranges[:, 0], ranges[:, 1], MAX_FRAMES, axis=1)).astype(np.int64)
    return np.where(hi - lo < MAX_FRAMES, every, thinned), np.arange(MAX_FRAMES) <= hi - lo


def share_a_half(
    close: NDArray[np.int64], counts: NDArray[np.uint8], sign: NDArray[np.int8], least: Thresholds
) -> NDArray[np.bool_]:
    """(R,) whether both structures can lie in one half of a stack that is widened to the end of the scan.

    Args:
        close: (R, 2) first and last slice of each pair's close range.
        counts: (2, R, n) as in `places`.
        sign: (R,) as in `places`.
        least: the minima for frames and voxels.
    """
    upwards, downwards = close.copy(), close.copy()
    upwards[:, 1], downwards[:, 0] = counts.shape[2] - 1, 0
    lower, upper = (places(ranges, counts, sign, least) for ranges in (upwards, downwards))
    shares: NDArray[np.bool_] = lower.usable & ~lower.upper_half.any(axis=1)
    return shares | (upper.usable & upper.upper_half.all(axis=1))


class StackRanges:
    """Chooses the ranges of stacks one after the other, by where A and B have stood in those before."""

    def __init__(self) -> None:
        # Stratum -> (2, PARTS): for A and B, in how many more stacks with sign +1 than -1 it stood in a part.
        self._excess: dict[Hashable, NDArray[np.int64]] = defaultdict(
            lambda: np.zeros((2, PARTS), dtype=np.int64)
        )

    def slices(
        self,
        stratum: Hashable,
        close: tuple[int, ...],
        counts: NDArray[np.uint8],
        sign: int,
        least: Thresholds,
    ) -> tuple[int, ...]:
        """The slices of a stratum's next stack, ascending.

        Args:
            stratum: the stratum in which places are counted.
            close: the slices of the stack close around A and B.
            counts: (2, n) number of voxels of A and B in each slice, at most `least.voxels`.
            sign: sign of A minus B.
            least: the minima for frames and voxels.
        """
        slices = counts.shape[1]
        first, last = range_ends(close[0], close[-1], slices)
        ranges = np.array([(lo, hi) for lo in first for hi in last], dtype=np.int64)
        found = places(ranges, np.broadcast_to(counts[:, None], (2, len(ranges), slices)), sign, least)
        usable = np.flatnonzero(found.usable)
        if not usable.size:
            return close
        excess = self._excess[stratum]
        after = excess + sign * np.eye(PARTS, dtype=np.int64)[found.part[usable]]
        # Equal ranges: the one with A where the sign makes it rare, then the shortest.
        length = ranges[usable, 1] - ranges[usable, 0]
        best = np.lexsort((length, sign * found.part[usable, 0], _imbalance(after)))[0]
        excess[:] = after[best]
        lo, hi = ranges[usable[best]]
        return stack_slices(int(lo), int(hi), 1.0, 0.0, slices)


def _imbalance(excess: NDArray[np.int64]) -> NDArray[np.int64]:
    """(R, 2, PARTS) -> (R,) weighted sum of squares, which is least where an excess is spread evenly."""
    halves = excess.reshape(len(excess), 2, 2, -1).sum(axis=3)
    squares = np.concatenate(((halves**2).sum(axis=2), (excess**2).sum(axis=2)), axis=1)
    weighted: NDArray[np.int64] = squares @ np.array(_WEIGHTS)
    return weighted
