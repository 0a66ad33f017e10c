"""Solid shapes as level functions: at most 0 inside, and about the distance to the surface in mm outside.

A shape is the union of parts, each with a bounding box outside of which nothing is computed. All arithmetic
on voxels is single precision +, -, *, / and square root, which IEEE 754 defines to the last bit. Points are
in mm, x to the patient's right, y anterior, z superior.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Points:
    """The positions of a box's voxels in mm: arrays that broadcast to the box, and their bounding box."""

    x: Floats
    y: Floats
    z: Floats
    lo: Triple
    hi: Triple


Level = Callable[[Points], Floats]


@dataclass(frozen=True)
class Part:
    """A level function, and the box in mm outside of which it is positive."""

    lo: Triple
    hi: Triple
    level: Level


Shape = tuple[Part, ...]


def ellipsoid(centre: Triple, semi: Triple, yaw: float = 0, pitch: float = 0, roll: float = 0) -> Shape:
    """An ellipsoid with these semi-axes, rotated by degrees about z (yaw), then x (pitch), then y (roll)."""
    turn = _rotation(yaw, pitch, roll)
    reach = [sqrt(sum((turn[i][j] * semi[j]) ** 2 for j in range(3))) for i in range(3)]
    inverse = [1 / s for s in semi]

    def level(p: Points) -> Floats:
        dx, dy, dz = p.x - centre[0], p.y - centre[1], p.z - centre[2]
        unit = near = None
        for j in range(3):
            if yaw == pitch == roll == 0:
                along = (dx, dy, dz)[j] * inverse[j]
            else:
                c0, c1, c2 = (turn[i][j] * inverse[j] for i in range(3))
                along = dx * c0 + dy * c1 + dz * c2
            square = along * along
            steep = square * (inverse[j] * inverse[j])
            unit = square if unit is None else unit + square
            near = steep if near is None else near + steep
        return _normalised(np.asarray(unit), np.asarray(near), min(semi))

    lo = (centre[0] - reach[0], centre[1] - reach[1], centre[2] - reach[2])
    hi = (centre[0] + reach[0], centre[1] + reach[1], centre[2] + reach[2])
    return (Part(lo, hi, level),)


def tube(points: Sequence[Triple], radii: Sequence[float] | float, flat: Triple = (1, 1, 1)) -> Shape:
    """Balls swept along a polyline; the radius in mm is interpolated linearly between the points.

    flat: factors of the radius along x, y, z, for oval sections.
    """
    sizes = [float(radii)] * len(points) if isinstance(radii, int | float) else list(radii)
    if len(points) == 1:
        return ellipsoid(points[0], (sizes[0] * flat[0], sizes[0] * flat[1], sizes[0] * flat[2]))
    ends = list(zip(points, sizes, strict=True))
    return tuple(_segment(a, ra, b, rb, flat) for (a, ra), (b, rb) in pairwise(ends))


def _segment(a: Triple, ra: float, b: Triple, rb: float, flat: Triple) -> Part:
    inverse = tuple(1 / f for f in flat)
    step = tuple((b[i] - a[i]) * inverse[i] for i in range(3))
    scale = 1 / max(sum(s * s for s in step), 1e-6)

    def level(p: Points) -> Floats:
        x = (p.x - a[0]) * inverse[0]
        y = (p.y - a[1]) * inverse[1]
        z = (p.z - a[2]) * inverse[2]
        along = x * (step[0] * scale) + y * (step[1] * scale) + z * (step[2] * scale)
        np.maximum(along, 0, out=along)
        np.minimum(along, 1, out=along)
        x = x - along * step[0]
        y = y - along * step[1]
        z = z - along * step[2]
        x *= x
        y *= y
        z *= z
        x += y
        x += z
        distance: Floats = np.sqrt(x, out=x)
        distance -= ra
        along *= ra - rb
        distance += along
        return distance

    lo = tuple(min(a[i] - ra * flat[i], b[i] - rb * flat[i]) for i in range(3))
    hi = tuple(max(a[i] + ra * flat[i], b[i] + rb * flat[i]) for i in range(3))
    return Part((lo[0], lo[1], lo[2]), (hi[0], hi[1], hi[2]), level)


def plate(a: Triple, b: Triple, c: Triple, radius: float) -> Shape:
    """All points within `radius` mm of a triangle: a thin rounded bone or muscle sheet."""
    corners = (a, b, c)
    normal = _cross(_minus(b, a), _minus(c, a))
    size = sqrt(_dot(normal, normal))
    unit = (normal[0] / size, normal[1] / size, normal[2] / size)
    edges = [(corners[i], corners[(i + 1) % 3]) for i in range(3)]

    def level_at(p: Points) -> Floats:
        height = (p.x - a[0]) * unit[0] + (p.y - a[1]) * unit[1] + (p.z - a[2]) * unit[2]
        above = None
        nearest = None
        for start, end in edges:
            step = _minus(end, start)
            inward = _cross(unit, step)
            scale = 1 / _dot(step, step)
            x, y, z = p.x - start[0], p.y - start[1], p.z - start[2]
            side = x * inward[0] + y * inward[1] + z * inward[2] >= 0
            along = x * (step[0] * scale) + y * (step[1] * scale) + z * (step[2] * scale)
            np.maximum(along, 0, out=along)
            np.minimum(along, 1, out=along)
            x, y, z = x - along * step[0], y - along * step[1], z - along * step[2]
            square = x * x + y * y + z * z
            above = side if above is None else above & side
            nearest = square if nearest is None else np.minimum(nearest, square)
        distance = np.sqrt(np.asarray(nearest))
        level: Floats = np.where(np.asarray(above), np.abs(height), distance) - radius
        return level

    lo = tuple(min(p[i] for p in corners) - radius for i in range(3))
    hi = tuple(max(p[i] for p in corners) + radius for i in range(3))
    return (Part((lo[0], lo[1], lo[2]), (hi[0], hi[1], hi[2]), level_at),)


def cylinder(
    centre: Triple, semi: tuple[float, float], half_height: float, pitch: float = 0, round_mm: float = 0
) -> Shape:
    """An upright elliptic cylinder (semi-axes along x and y), tilted by `pitch` degrees about x.

    round_mm: radius of its rounded rims, approximately, in mm.
    """
    c, s = round(cos(radians(pitch)), 6), round(sin(radians(pitch)), 6)
    wide, deep = 1 / semi[0], 1 / semi[1]

    def level(p: Points) -> Floats:
        dy, dz = p.y - centre[1], p.z - centre[2]
        u: Floats = (p.x - centre[0]) * wide
        v: Floats = dy * (c * deep) + dz * (s * deep)
        u2, v2 = u * u, v * v
        ring = _normalised(u2 + v2, u2 * (wide * wide) + v2 * (deep * deep), min(semi))
        height: Floats = dz * c - dy * s
        ends = np.abs(height)
        ends -= half_height
        return smooth_max(ring, ends, round_mm)

    reach_y = semi[1] * abs(c) + half_height * abs(s)
    reach_z = semi[1] * abs(s) + half_height * abs(c)
    lo = (centre[0] - semi[0], centre[1] - reach_y, centre[2] - reach_z)
    hi = (centre[0] + semi[0], centre[1] + reach_y, centre[2] + reach_z)
    return (Part(lo, hi, level),)


def half_space(direction: Triple, limit: float, lo: Triple, hi: Triple) -> Shape:
    """The points of a box with direction . point <= limit (direction of length about 1)."""
    nx, ny, nz = direction

    def level(p: Points) -> Floats:
        distance: Floats = p.x * nx + p.y * ny + p.z * nz - limit
        return distance

    return (Part(lo, hi, level),)


def smooth_min(a: Floats, b: Floats, k: float) -> Floats:
    """The smaller of two levels, reduced where they differ by less than `k` mm, which fills creases."""
    if not k:
        return np.minimum(a, b)
    h = np.maximum(k - np.abs(a - b), 0)
    level: Floats = np.minimum(a, b) - h * h * (0.25 / k)
    return level


def smooth_max(a: Floats, b: Floats, k: float) -> Floats:
    """The larger of two levels, increased where they differ by less than `k` mm, which rounds edges."""
    if not k:
        return np.maximum(a, b)
    h = np.maximum(k - np.abs(a - b), 0)
    level: Floats = np.maximum(a, b) + h * h * (0.25 / k)
    return level


def _normalised(unit: Floats, near: Floats, deepest: float) -> Floats:
    """The level of a quadric, (|u| - 1) |u| / |gradient|: the first-order distance in mm near the surface."""
    size = np.sqrt(unit)
    slope = np.sqrt(near)
    slope += 1e-6
    distance: Floats = size - 1
    distance *= size
    distance /= slope
    # At the centre the formula gives 0 / 0.
    level: Floats = np.where(unit < 1e-4, np.float32(-deepest), distance)
    return level


def _rotation(yaw: float, pitch: float, roll: float) -> list[list[float]]:
    (cz, sz), (cx, sx), (cy, sy) = ((cos(radians(d)), sin(radians(d))) for d in (yaw, pitch, roll))
    about_z = [[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]]
    about_x = [[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]]
    about_y = [[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]]
    turned = _times(about_y, _times(about_x, about_z))
    return [[round(v, 6) for v in row] for row in turned]


def _times(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    return [[sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def _minus(a: Triple, b: Triple) -> Triple:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _cross(a: Triple, b: Triple) -> Triple:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
