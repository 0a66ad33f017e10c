"""The rule for certain facts in docs/benchmark.md, from voxel coordinates, one pair at a time."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import ndimage
from second.bodies import Body

AXES = ("x", "y", "z")
SLICE_AXIS = {"axial": "z", "coronal": "y", "sagittal": "x"}
LEAST_SHARE = Fraction(95, 100)
LEAST_VOXELS = 30
LEAST_FRAMES = 3
MOST_FRAMES = 32


@dataclass(frozen=True)
class Limits:
    """What differs between a torso and a knee."""

    delta_mm: float
    area_mm2: float
    margin_mm: float


TORSO = Limits(delta_mm=10, area_mm2=60, margin_mm=10)
KNEE = Limits(delta_mm=3, area_mm2=15, margin_mm=3)


@dataclass(frozen=True)
class Relation:
    """share: P(a > b), ties half. delta: centroid of A minus that of B in mm."""

    share: Fraction
    delta: float

    def sign(self, limits: Limits) -> int:
        """+1 or -1 where the relation holds, else 0."""
        if abs(self.delta) < limits.delta_mm - 1e-6:
            return 0
        if self.share >= LEAST_SHARE and self.delta > 0:
            return 1
        if self.share <= 1 - LEAST_SHARE and self.delta < 0:
            return -1
        return 0


def limits_of(body: Body) -> Limits:
    return TORSO if body.side is None else KNEE


def relation(a: np.ndarray, b: np.ndarray, spacing: float) -> Relation:
    """From the indices of A's and of B's voxels along one axis, exactly; of none, nothing holds."""
    if not len(a) or not len(b):
        return Relation(share=Fraction(1, 2), delta=0.0)
    b = np.sort(b)
    smaller = np.searchsorted(b, a, side="left")
    smaller_or_equal = np.searchsorted(b, a, side="right")
    greater = int(smaller.sum())
    equal = int((smaller_or_equal - smaller).sum())
    return Relation(
        share=Fraction(2 * greater + equal, 2 * len(a) * len(b)),
        delta=float((a.mean() - b.mean()) * spacing),
    )


def whole_volume(body: Body, a: str, b: str, axis: str) -> Relation:
    i = AXES.index(axis)
    return relation(body.voxels(a)[:, i], body.voxels(b)[:, i], body.spacing[i])


def true_delta(body: Body, a: str, b: str, axis: str) -> float:
    """Centroid difference in mm along the patient's own axis, however the scan lies."""
    apart = (body.voxels(a).mean(axis=0) - body.voxels(b).mean(axis=0)) * np.array(body.spacing)
    return float(sum(apart[i] * body.axes[i, AXES.index(axis)] for i in range(3)))


def plane_of(volume: np.ndarray, plane: str, index: int) -> np.ndarray:
    """One slice, its two axes in array order."""
    return {
        "axial": lambda: volume[:, :, index],
        "coronal": lambda: volume[:, index, :],
        "sagittal": lambda: volume[index, :, :],
    }[plane]()


def in_plane_axes(plane: str) -> list[str]:
    return [axis for axis in AXES if axis != SLICE_AXIS[plane]]


def section(body: Body, key: str, plane: str, index: int) -> np.ndarray:
    """Where a structure shows in a slice, True or False."""
    return plane_of(body.labels, plane, index) == body.number(key)


def in_slice(body: Body, a: str, b: str, axis: str, plane: str, index: int) -> Relation:
    i = in_plane_axes(plane).index(axis)
    pixels = [np.argwhere(section(body, key, plane, index))[:, i] for key in (a, b)]
    return relation(*pixels, body.spacing[AXES.index(axis)])


def components(section: np.ndarray) -> int:
    """8-connected pieces."""
    return int(ndimage.label(section, structure=np.ones((3, 3)))[1])


def area_mm2(body: Body, section: np.ndarray, plane: str) -> float:
    first, second = (body.spacing[AXES.index(axis)] for axis in in_plane_axes(plane))
    return float(section.sum() * first * second)


def box_centre(section: np.ndarray, i: int) -> float:
    """Middle of a section's box along its axis i, in voxels."""
    indices = np.argwhere(section)[:, i]
    return (indices.min() + indices.max()) / 2


def stack(body: Body, plane: str, keys: tuple[str, ...]) -> list[int]:
    """The slices of a stack in rising order, around the asked structures or through the whole volume."""
    i = AXES.index(SLICE_AXIS[plane])
    last_of_volume = body.labels.shape[i] - 1
    if keys:
        indices = np.concatenate([body.voxels(key)[:, i] for key in keys])
        margin = math.floor(limits_of(body).margin_mm / body.spacing[i])
        first = max(0, int(indices.min()) - margin)
        last = min(last_of_volume, int(indices.max()) + margin)
    else:
        first, last = 0, last_of_volume
    return spread(first, last)


def wider(body: Body, plane: str, close: list[int]) -> tuple[set[int], set[int]]:
    """The slices at which a stack across two structures may begin and end: eighths of the way to the ends."""
    last_of_volume = body.labels.shape[AXES.index(SLICE_AXIS[plane])] - 1
    below, above = close[0], last_of_volume - close[-1]
    begins = {close[0] - math.floor(Fraction(below * n, 8)) for n in range(9)}
    return begins, {close[-1] + math.floor(Fraction(above * n, 8)) for n in range(9)}


def spread(first: int, last: int) -> list[int]:
    """At most 32 slices in rising order, evenly spaced."""
    frames = min(MOST_FRAMES, last - first + 1)
    if frames == 1:
        return [first]
    # round() of a Fraction rounds halves to even, without a float in between.
    return [round(first + Fraction(n * (last - first), frames - 1)) for n in range(frames)]
