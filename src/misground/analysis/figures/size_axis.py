"""The axis of model sizes: parameters on a log scale, with a band at the left for unknown sizes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

UNKNOWN: Final = "size unknown"

# As fractions of the decades that the known sizes span (at least one decade):
_ASIDE: Final = 0.035  # distance between runs of the same size
_MARGIN: Final = 0.12  # beyond the outermost sizes
_BAND: Final = (
    0.38  # width of the band relative to all sizes, enough for its name; wider if it holds many runs
)


@dataclass(frozen=True)
class SizeAxis:
    """The layout of the axis.

    Attributes:
        places: position of each run, in parameters.
        domain: ends of the axis.
        edge: end of the band of unknown sizes, where the axis of sizes starts; None if all are known.
    """

    places: tuple[float, ...]
    domain: tuple[float, float]
    edge: float | None

    @property
    def ticks(self) -> list[float]:
        """1, 3, 10, 30, ... within the known sizes; more closely spaced for a narrow range."""
        low, high = self.edge or self.domain[0], self.domain[1]
        steps = (1, 3) if high / low > 20 else (1, 2, 3, 5, 7)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [step * 10.0**power for power in powers for step in steps]
        return [tick for tick in ticks if low <= tick <= high]


def size_word(parameters: int | None) -> str:
    """ "7.6B", "500M", or "size unknown"."""
    if not _known(parameters):
        return UNKNOWN
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if parameters >= unit:
            return f"{parameters / unit:.3g}{name}"
    return str(parameters)


def size_axis(sizes: Sequence[int | None]) -> SizeAxis:
    """The axis for runs of these sizes, at least one of which must be known.

    Runs of the same size are spread slightly, in their order.
    """
    logs = [math.log10(size) for size in sizes if _known(size)]
    low, high = min(logs), max(logs)
    span = max(high - low, 1.0)
    unknown = sum(not _known(size) for size in sizes)
    most = max(list(sizes).count(size) for size in sizes if _known(size))
    margin = span * (_MARGIN + _ASIDE * most / 2)
    edge = low - margin
    band = max(_BAND * (high + margin - edge), 2 * _ASIDE * span * (unknown + 1)) if unknown else 0.0
    places, seen = [], dict.fromkeys(sizes, 0)
    others = 0
    for size in sizes:
        if _known(size):
            seen[size] += 1
            aside = (seen[size] - (list(sizes).count(size) + 1) / 2) * _ASIDE * span
            places.append(10 ** (math.log10(size) + aside))
        else:
            others += 1
            places.append(10 ** (edge - band * (1 - others / (unknown + 1))))
    return SizeAxis(
        tuple(places), (10 ** (edge - band), 10 ** (high + margin)), 10**edge if unknown else None
    )


def _known(size: int | None) -> TypeGuard[int]:
    return size is not None and size > 0
