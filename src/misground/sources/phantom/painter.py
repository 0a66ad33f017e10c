"""Shapes become voxels: a list of strokes, painted one over the other, gives the label map and the scan.

The grid lies in the frame of the body: standard millimetres, x towards the patient's right, y anterior,
z superior, bent a little from case to case so that no two bodies are the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import pi, sin

import cc3d
import numpy as np
from numpy.typing import NDArray

from misground.sources.phantom.dice import Dice
from misground.sources.phantom.shapes import Floats, Part, Points, Shape, Triple

# Boxes are computed in slabs of about this many voxels, which stay in the processor's cache.
_SLAB_VOXELS = 32_768
_SLAB_DEPTH = 48


@dataclass(frozen=True)
class Stroke:
    """One shape to paint.

    value: intensity. key: the structure that it belongs to; None for tissue that is not labelled.
    core: what lies deeper under the surface, as pairs of (depth in mm, intensity), outer ones first.
    rim: (mm, intensity) of what lies around the shape, painted where nothing is labelled.
    over: paint only where one of these structures is so far ("" stands for unlabelled); None: everywhere.
    texture: change the intensity alone and leave the labels.
    """

    shape: Shape
    value: int
    key: str | None = None
    core: tuple[tuple[float, int], ...] = ()
    rim: tuple[float, int] | None = None
    over: tuple[str, ...] | None = None
    texture: bool = False


@dataclass(frozen=True)
class Space:
    """A voxel grid in the body's frame.

    shape: voxels along x, y, z. origin, step: standard mm of voxel 0's centre, and from voxel to voxel.
    bend_x: (Y, Z) and bend_y: (X, Z), mm by which x and y are shifted; at most `bend` each.
    """

    shape: tuple[int, int, int]
    origin: Triple
    step: Triple
    bend_x: Floats
    bend_y: Floats
    bend: float

    @cached_property
    def _axes(self) -> tuple[Floats, ...]:
        return tuple(
            (np.arange(n) * step + start).astype(np.float32)
            for n, step, start in zip(self.shape, self.step, self.origin, strict=True)
        )

    def box(self, part: Part, around: float = 0) -> tuple[slice, slice, slice]:
        """The voxels that a part, or what is within `around` mm of it, may touch."""
        slices = []
        for i in range(3):
            room = around + (self.bend if i < 2 else 0)
            first = int((part.lo[i] - room - self.origin[i]) / self.step[i])
            last = int((part.hi[i] + room - self.origin[i]) / self.step[i]) + 2
            slices.append(slice(min(max(first, 0), self.shape[i]), min(max(last, 0), self.shape[i])))
        return slices[0], slices[1], slices[2]

    def points(self, box: tuple[slice, slice, slice]) -> Points:
        """Where the voxels of a box lie in the body."""
        bx, by, bz = box
        x, y, z = (axis[part] for axis, part in zip(self._axes, box, strict=True))
        room = self.bend
        return Points(
            x[:, None, None] + self.bend_x[None, by, bz],
            y[None, :, None] + self.bend_y[bx, None, bz],
            z[None, None, :],
            lo=(float(x[0]) - room, float(y[0]) - room, float(z[0])),
            hi=(float(x[-1]) + room, float(y[-1]) + room, float(z[-1])),
        )


def make_space(
    *, extent_mm: Triple, spacing_mm: Triple, scale: Triple, middle: Triple, bend: float, dice: Dice
) -> Space:
    """A grid over a body whose x and y are bent by slow waves of at most `bend` mm, each case its own.

    extent_mm, spacing_mm: of the scan. scale: size of this body in units of the standard one. middle: the
    point of the standard body in the grid's middle.
    """
    nx, ny, nz = (round(e / s) for e, s in zip(extent_mm, spacing_mm, strict=True))
    shape = (nx, ny, nz)
    x, y, z = (round(s / k, 4) for s, k in zip(spacing_mm, scale, strict=True))
    step = (x, y, z)
    x, y, z = (round(middle[i] - (shape[i] - 1) / 2 * step[i], 2) for i in range(3))
    return Space(
        shape,
        (x, y, z),
        step,
        bend_x=_waves(ny, step[1], nz, step[2], bend, dice),
        bend_y=_waves(nx, step[0], nz, step[2], bend, dice),
        bend=bend,
    )


def _waves(rows: int, row_mm: float, columns: int, column_mm: float, height: float, dice: Dice) -> Floats:
    """(rows, columns) of a sum of three products of sine waves, at most `height` in size."""
    total = np.zeros((rows, columns), dtype=np.float32)
    for _ in range(3):
        first = _wave(rows, row_mm, dice.between(140, 400), dice.between(0, 1))
        second = _wave(columns, column_mm, dice.between(140, 500), dice.between(0, 1))
        total += (first[:, None] * second[None, :]) * dice.between(-height / 3, height / 3)
    return total


def _wave(n: int, step: float, length: float, phase: float) -> Floats:
    return np.array([round(sin(2 * pi * (i * step / length + phase)), 4) for i in range(n)], dtype=np.float32)


class Painter:
    """The label map and the scan that strokes are painted on.

    labels: (X, Y, Z) uint8. scan: (X, Y, Z) int16.
    """

    def __init__(self, space: Space, values: Mapping[str, int], background: int) -> None:
        self.space = space
        self.values = values
        self.labels: NDArray[np.uint8] = np.zeros(space.shape, dtype=np.uint8)
        self.scan: NDArray[np.int16] = np.full(space.shape, background, dtype=np.int16)

    def paint(self, strokes: Iterable[Stroke]) -> None:
        """Paint strokes in turn; later ones cover earlier ones."""
        for stroke in strokes:
            self._paint(stroke)

    def _paint(self, stroke: Stroke) -> None:
        allowed = None
        if stroke.over is not None:
            allowed = np.zeros(256, dtype=bool)
            allowed[[self.values[key] if key else 0 for key in stroke.over]] = True
        label = self.values[stroke.key] if stroke.key else 0
        room = stroke.rim[0] if stroke.rim else 0
        cores = []
        for part in stroke.shape:
            for box in _slabs(self.space.box(part, room)):
                level = part.level(self.space.points(box))
                if stroke.rim:
                    self.scan[box][(level <= room) & (self.labels[box] == 0)] = stroke.rim[1]
                inside = level <= 0
                if allowed is not None:
                    inside &= allowed[self.labels[box]]
                if not stroke.texture:
                    self.labels[box][inside] = label
                self.scan[box][inside] = stroke.value
                for depth, value in stroke.core:
                    cores.append((box, inside & (level <= -depth), value))
        # Cores last, so that one part's rim does not cut through the core of the next.
        for box, inside, value in cores:
            self.scan[box][inside] = value

    def soften(self) -> None:
        """Blur the scan by (1, 2, 1) / 4 along each axis: voxels at a border hold some of both sides."""
        for axis in range(3):
            v = np.moveaxis(self.scan, axis, 0)
            middle = v[1:-1] * np.int16(2)
            middle += v[:-2]
            middle += v[2:]
            middle += np.int16(2)
            middle >>= 2
            v[1:-1] = middle

    def add_noise(self, dice: Dice, sigma: int, lowest: int) -> None:
        """Add noise with this standard deviation, and cut off below `lowest`."""
        self.scan += dice.noise(self.space.shape, sigma)
        np.maximum(self.scan, lowest, out=self.scan)

    def tidy(self, many: Mapping[str, int], least: int) -> None:
        """Remove bits that other structures have cut off.

        A structure keeps its largest 26-connected piece alone; one in `many` keeps every piece of at
        least that many voxels. One of fewer than `least` voxels goes altogether.
        """
        pieces, count = cc3d.connected_components(self.labels, connectivity=26, return_N=True)
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        flat = np.zeros(count + 1, dtype=np.uint8)
        flat[pieces.ravel()] = self.labels.ravel()
        keep = np.ones(count + 1, dtype=bool)
        for key, value in self.values.items():
            own = np.flatnonzero(flat == value)
            if not len(own):
                continue
            enough = many.get(key, int(sizes[own].max()))
            keep[own] = sizes[own] >= max(enough, 1)
            if sizes[own[keep[own]]].sum() < least:
                keep[own] = False
        if not keep.all():
            self.labels[~keep[pieces]] = 0


def _slabs(box: tuple[slice, slice, slice]) -> list[tuple[slice, slice, slice]]:
    bx, by, bz = box
    nx, ny, nz = (s.stop - s.start for s in box)
    if not nx * ny * nz:
        return []
    deep = min(nz, _SLAB_DEPTH)
    step = max(1, _SLAB_VOXELS // (ny * deep))
    return [(x, by, z) for x in _pieces(bx, step) for z in _pieces(bz, deep)]


def _pieces(whole: slice, step: int) -> list[slice]:
    edges = [*range(whole.start, whole.stop, step), whole.stop]
    return [slice(a, b) for a, b in pairwise(edges)]
