"""Which slices of a scan make up a stack."""

import math

import numpy as np

from misground.questions.truth import MAX_FRAMES


def stack_slices(first: int, last: int, spacing_mm: float, margin_mm: float, slices: int) -> tuple[int, ...]:
    """Indices of at most 32 real slices from `first` to `last` and a margin beyond, ascending.

    first, last: range that the asked structures fill, along an axis of `slices` slices.
    round-half-even(linspace(lo, hi, min(32, hi - lo + 1))), clipped to the volume.
    """
    margin = math.floor(margin_mm / spacing_mm)
    lo, hi = max(0, first - margin), min(slices - 1, last + margin)
    frames = min(MAX_FRAMES, hi - lo + 1)
    return tuple(int(k) for k in np.round(np.linspace(lo, hi, frames)))


def whole_stack(slices: int) -> tuple[int, ...]:
    """Indices of at most 32 slices over the whole axis: a stack in which no structure is asked."""
    return stack_slices(0, slices - 1, 1.0, 0.0, slices)
