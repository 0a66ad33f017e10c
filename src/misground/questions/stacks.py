"""The slices of a scan that form a stack."""

import math

import numpy as np

from misground.questions.truth import MAX_FRAMES


def stack_slices(first: int, last: int, spacing_mm: float, margin_mm: float, slices: int) -> tuple[int, ...]:
    """The slices of a stack around some structures: at most 32, ascending and evenly spaced.

    These are round-half-even(linspace(lo, hi, min(32, hi - lo + 1))), where lo and hi include the margin and
    are clipped to the volume.

    Args:
        first: first index that contains a structure.
        last: last index that contains a structure.
        spacing_mm: distance between slices in mm.
        margin_mm: margin on both sides in mm.
        slices: number of slices in the volume.
    """
    margin = math.floor(margin_mm / spacing_mm)
    lo, hi = max(0, first - margin), min(slices - 1, last + margin)
    frames = min(MAX_FRAMES, hi - lo + 1)
    return tuple(int(k) for k in np.round(np.linspace(lo, hi, frames)))


def whole_stack(slices: int) -> tuple[int, ...]:
    """Indices of at most 32 slices over the whole axis, for questions about no structure."""
    return stack_slices(0, slices - 1, 1.0, 0.0, slices)
