"""Balance by counting: signs, stack directions and the position of the answer alternate per stratum."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

OPTION_ORDERS: Final[dict[int, tuple[tuple[int, ...], ...]]] = {
    # Orders of (correct, wrong, ...) by the position of the correct option; with three options, two for each.
    2: ((0, 1), (1, 0)),
    3: ((0, 1, 2), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1), (2, 1, 0)),
}


class Balance:
    """Counts through the levels of each stratum.

    The n-th item of a stratum gets the mixed-radix digits of n plus an offset. The counts of the first
    level's values then differ by at most one, those of the second level within each value of the first, and
    so on.
    """

    def __init__(self) -> None:
        self._drawn: Counter[Hashable] = Counter()

    def next(self, stratum: Hashable, sizes: Sequence[int], offset: int) -> tuple[int, ...]:
        """The levels of the stratum's next item, one digit for each size."""
        number = self._drawn[stratum] + offset
        self._drawn[stratum] += 1
        digits = []
        for size in sizes:
            number, digit = divmod(number, size)
            digits.append(digit)
        return tuple(digits)


def option_order(place: int, options: int, variant: int = 0) -> tuple[int, ...]:
    """The order in which (correct, wrong, ...) are shown so that the correct option is at `place`."""
    if options == 2:
        return OPTION_ORDERS[2][place]
    return OPTION_ORDERS[3][place + 3 * variant]


def seed_number(*parts: object) -> int:
    """A 64-bit hash of the parts, the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode("utf-8")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")


def scramble(seed: int, count: int) -> NDArray[np.uint64]:
    """(count,) pseudo-random 64-bit numbers for 0 ... count - 1 (splitmix64; Steele et al. 2014).

    Implemented here because numpy may change the streams of its generators between versions.
    """
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed
