"""Combining shapes. Every function returns a new shape, and level functions stay close to distances."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from misground.sources.phantom.shapes import (
    Floats,
    Level,
    Part,
    Points,
    Shape,
    Triple,
    smooth_max,
    smooth_min,
)

_FAR = 1e4


def union(*shapes: Shape) -> Shape:
    """The union of the shapes; each part keeps its own box."""
    return tuple(part for shape in shapes for part in shape)


def merged(shape: Shape, round_mm: float = 0) -> Shape:
    """The parts of a shape as a single part, with creases filled by up to about `round_mm` / 4."""
    if len(shape) == 1 and not round_mm:
        return shape

    def level(p: Points) -> Floats:
        near = [part.level(p) for part in shape if _meet(part, p, round_mm)]
        if not near:
            return np.full(np.broadcast_shapes(p.x.shape, p.y.shape, p.z.shape), _FAR, dtype=np.float32)
        return reduce(lambda a, b: smooth_min(a, b, round_mm), near)

    return (Part(*_around(shape, round_mm / 2), level),)


def cut(shape: Shape, *others: Shape, gap: float = 0, round_mm: float = 0) -> Shape:
    """The shape minus the others and everything within `gap` mm of them; edges are rounded."""
    tools = [part for other in others for part in other]

    def without(part: Part) -> Part:
        near = [t for t in tools if _meet(part, t, gap + round_mm)]

        def level(p: Points) -> Floats:
            value = part.level(p)
            for tool in near:
                if not _meet(tool, p, gap + round_mm):
                    continue
                value = smooth_max(value, gap - tool.level(p), round_mm)
            return value

        return Part(part.lo, part.hi, level) if near else part

    return tuple(without(part) for part in shape)


def common(shape: Shape, other: Shape, inset_mm: float = 0, round_mm: float = 0) -> Shape:
    """The intersection, at least `inset_mm` below the other's surface; edges are rounded."""
    (tool,) = merged(other)

    def within(part: Part) -> Part:
        def level(p: Points) -> Floats:
            return smooth_max(part.level(p), tool.level(p) + inset_mm, round_mm)

        lo = tuple(max(a, b) for a, b in zip(part.lo, tool.lo, strict=True))
        hi = tuple(min(a, b) for a, b in zip(part.hi, tool.hi, strict=True))
        return Part((lo[0], lo[1], lo[2]), (hi[0], hi[1], hi[2]), level)

    return tuple(within(part) for part in shape)


def clip(shape: Shape, direction: Triple, limit: float, round_mm: float = 0) -> Shape:
    """The part of a shape where direction . point <= limit (direction of length about 1)."""
    nx, ny, nz = direction

    def clipped(part: Part) -> Part:
        def level(p: Points) -> Floats:
            plane = p.x * nx + p.y * ny + p.z * nz - limit
            return smooth_max(part.level(p), plane, round_mm)

        return Part(part.lo, part.hi, level)

    return tuple(clipped(part) for part in shape)


def boxed(shape: Shape, lo: Triple, hi: Triple) -> Shape:
    """The part of a shape within a box in mm; infinite sides are allowed."""

    def level_of(part: Part) -> Level:
        def level(p: Points) -> Floats:
            value = part.level(p)
            for axis, a, b in zip((p.x, p.y, p.z), lo, hi, strict=True):
                value = np.maximum(value, np.maximum(a - axis, axis - b))
            return value

        return level

    def corner(low: Triple, high: Triple, pick: Callable[[float, float], float]) -> Triple:
        return (pick(low[0], high[0]), pick(low[1], high[1]), pick(low[2], high[2]))

    return tuple(Part(corner(p.lo, lo, max), corner(p.hi, hi, min), level_of(p)) for p in shape)


def grown(shape: Shape, mm: float) -> Shape:
    """The shape with its surface moved outwards (inwards if negative)."""

    def level_of(part: Part) -> Level:
        return lambda p: part.level(p) - mm

    return tuple(Part(_shift(part.lo, -mm), _shift(part.hi, mm), level_of(part)) for part in shape)


def both_sides(points: Iterable[Triple], side: int) -> list[Triple]:
    """Points given for the patient's right side, unchanged (side 1) or mirrored to the left (-1)."""
    return [(side * x, y, z) for x, y, z in points]


def _shift(point: Triple, mm: float) -> Triple:
    return (point[0] + mm, point[1] + mm, point[2] + mm)


def _around(shape: Sequence[Part], margin: float) -> tuple[Triple, Triple]:
    lo = [min(part.lo[i] for part in shape) - margin for i in range(3)]
    hi = [max(part.hi[i] for part in shape) + margin for i in range(3)]
    return (lo[0], lo[1], lo[2]), (hi[0], hi[1], hi[2])


def _meet(a: Part | Points, b: Part | Points, margin: float) -> bool:
    return all(a.lo[i] <= b.hi[i] + margin and b.lo[i] <= a.hi[i] + margin for i in range(3))
