"""Seeded draws that are the same on every machine and with every numpy version.

The values come from the raw 64-bit stream of PCG64, which numpy keeps stable, not from the methods of
Generator, whose streams may change between versions. Draws are on a grid of 0.01, so that no shape depends on
the last bit of a float.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.random import PCG64, SeedSequence
from numpy.typing import NDArray

_T = TypeVar("_T")

# The sum of four uniform bytes has mean 510 and variance 4 * (256^2 - 1) / 12.
_BYTES_MEAN = 510
_BYTES_SD = 147.8


class Dice:
    """A stream of draws for one (seed, kind, index, purpose); each purpose has its own stream."""

    def __init__(self, seed: int, kind: str, index: int, purpose: str = "") -> None:
        word = int.from_bytes(hashlib.sha256(f"{kind}/{purpose}".encode()).digest()[:8], "big")
        self._bits = PCG64(SeedSequence([seed, index, word]))

    def whole(self, low: int, high: int) -> int:
        """An integer from low to high, inclusive."""
        return low + self._raw() % (high - low + 1)

    def between(self, low: float, high: float) -> float:
        """A number from low to high on a grid of 0.01."""
        return round(self.whole(round(low * 100), round(high * 100)) / 100, 2)

    def about(self, spread: float) -> float:
        """A number from -spread to spread; values near 0 are more likely than the ends."""
        return round((self.between(-spread, spread) + self.between(-spread, spread)) / 2, 2)

    def chance(self, percent: int) -> bool:
        """True in this percentage of cases."""
        return self.whole(1, 100) <= percent

    def choice(self, options: Sequence[_T]) -> _T:
        """One of the options, each equally likely."""
        return options[self.whole(0, len(options) - 1)]

    def noise(self, shape: tuple[int, int, int], sigma: int) -> NDArray[np.int16]:
        """Nearly Gaussian integers with standard deviation `sigma` (at most 100) and mean 0, as `shape`."""
        n = shape[0] * shape[1] * shape[2]
        raw = np.asarray(self._bits.random_raw((n + 1) // 2), dtype="<u8").view("u1")
        total = raw[:n].astype(np.int32)
        for i in range(1, 4):
            total += raw[i * n : (i + 1) * n]
        total -= _BYTES_MEAN
        total *= round(sigma * 1024 / _BYTES_SD)
        total += 512
        total >>= 10
        return total.astype(np.int16).reshape(shape)

    def _raw(self) -> int:
        return int(self._bits.random_raw())
