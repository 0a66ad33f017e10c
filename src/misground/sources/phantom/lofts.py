"""Shapes made of sections along z, and smooth curves through a few points.

Curves are computed in double precision and rounded to 0.01 mm before they are used on voxels.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from misground.sources.phantom.shapes import Floats, Part, Points, Shape, Triple

Section = tuple[float, float, float, float, float]


def profile(knots: Sequence[tuple[float, ...]], at: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values along a smooth curve: cubic Hermite with the mean slope of both neighbours, flat at the ends.

    Args:
        knots: (position, value, value, ...), with ascending positions.
        at: positions at which to evaluate the curve, which is constant beyond the ends.

    Returns:
        (len(at), number of values), rounded to 0.01.
    """
    table = np.array(knots, dtype=np.float64)
    where, values = table[:, 0], table[:, 1:]
    slopes = np.zeros_like(values)
    slopes[1:-1] = (values[2:] - values[:-2]) / (where[2:] - where[:-2])[:, None]
    x = np.minimum(np.maximum(np.asarray(at, dtype=np.float64), where[0]), where[-1])
    left = np.minimum(np.searchsorted(where, x, side="right") - 1, len(where) - 2)
    width = where[left + 1] - where[left]
    t, h = ((x - where[left]) / width)[:, None], width[:, None]
    u = 1 - t
    blend = values[left] * ((1 + 2 * t) * u * u) + values[left + 1] * (t * t * (3 - 2 * t))
    blend += slopes[left] * (h * t * u * u) - slopes[left + 1] * (h * t * t * u)
    rounded: NDArray[np.float64] = np.round(blend, 2)
    return rounded


def spline(points: Sequence[Triple], pieces: int = 3) -> list[Triple]:
    """A smooth curve through the points (Catmull-Rom), with each span split into `pieces` straight pieces."""
    if len(points) < 3 or pieces == 1:
        return list(points)
    padded = [points[0], *points, points[-1]]
    curve: list[Triple] = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for i in range(pieces):
            t = i / pieces
            x, y, z = (_catmull_rom(p0[j], p1[j], p2[j], p3[j], t) for j in range(3))
            curve.append((x, y, z))
    return [*curve, points[-1]]


def spread(values: Sequence[float], pieces: int = 3) -> list[float]:
    """Values at the points of `spline(points, pieces)`, linear between those of `points`."""
    if len(values) < 3 or pieces == 1:
        return list(values)
    fine = [round(a + (b - a) * i / pieces, 2) for a, b in pairwise(values) for i in range(pieces)]
    return [*fine, values[-1]]


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    value = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t
    return round(value / 2, 2)


def loft(sections: Sequence[Section], square: float = 0) -> Shape:
    """A smooth shape through elliptic sections (z, centre x, centre y, semi-axis x, semi-axis y), z
    ascending.

    square: 0 for ellipses; values up to 1 make the sections increasingly rectangular (squircles).
    """
    knots = list(sections)
    bottom, top = knots[0][0], knots[-1][0]
    fullness = square * square

    def level_at(p: Points) -> Floats:
        z = p.z.reshape(-1)
        values = profile(knots, z).astype(np.float32)
        x0, y0, a, b = (values[:, i] for i in range(4))
        wide, deep = 1 / a, 1 / b
        u, v = (p.x - x0) * wide, (p.y - y0) * deep
        u2, v2 = u * u, v * v
        unit = u2 + v2
        # Limited to 1, so that no second solution of the squircle's equation appears outside.
        corner = np.minimum(u2, 1) * np.minimum(v2, 1) * fullness
        size = np.sqrt(unit - corner)
        # The distance across an ellipse: |u| / |gradient|, between its two semi-axes.
        scale = np.sqrt((unit + 1e-4) / (u2 * (wide * wide) + v2 * (deep * deep) + 1e-4 * (wide * wide)))
        distance = (size - 1) * scale
        ends = np.maximum(p.z - top, bottom - p.z)
        level: Floats = np.maximum(distance, ends)
        return level

    lo = [min(k[i] - k[i + 2] for k in knots) - 2 for i in (1, 2)]
    hi = [max(k[i] + k[i + 2] for k in knots) + 2 for i in (1, 2)]
    return (Part((lo[0], lo[1], bottom), (hi[0], hi[1], top), level_at),)
