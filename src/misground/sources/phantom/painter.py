"""Converting shapes to voxels: strokes painted over one another give the label map and the scan.

The grid is in the frame of the body: standard mm, x to the patient's right, y anterior, z superior, slightly
bent in
each case so that no two bodies are the same.
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

# Boxes are computed in slabs of about this many voxels, which fit into the processor's cache.
_SLAB_VOXELS = 32_768
_SLAB_DEPTH = 48


@dataclass(frozen=True)
class Stroke:
    """One shape to paint.

    Attributes:
        shape: the shape.
        value: intensity.
        key: the structure that it belongs to; None for unlabelled tissue.
        core: deeper layers as (depth in mm, intensity), outer ones first.
        rim: (mm, intensity) of the surroundings, painted where nothing is labelled.
        over: paint only over these structures ("" stands for unlabelled); None to paint everywhere.
        texture: change only the intensity, not the labels.
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

    Attributes:
        shape: voxels along x, y, z.
        origin: centre of voxel 0 in standard mm.
        step: distance between voxels in standard mm.
        bend_x: (Y, Z) shift of x in mm.
        bend_y: (X, Z) shift of y in mm.
        bend: largest shift in mm.
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
        """The voxels that a part enlarged by `around` mm may cover."""
        slices = []
        for i in range(3):
            room = around + (self.bend if i < 2 else 0)
            first = int((part.lo[i] - room - self.origin[i]) / self.step[i])
            last = int((part.hi[i] + room - self.origin[i]) / self.step[i]) + 2
            slices.append(slice(min(max(first, 0), self.shape[i]), min(max(last, 0), self.shape[i])))
        return slices[0], slices[1], slices[2]

    def points(self, box: tuple[slice, slice, slice]) -> Points:
        """The positions of a box's voxels in the body."""
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
    """A grid over a body whose x and y are bent by slow waves of at most `bend` mm, different in each case.

    `extent_mm` and `spacing_mm` describe the scan, `scale` is the size of this body relative to the standard
    one, and `middle` the point of the standard body in the middle of the grid.
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
    """(rows, columns) of a sum of three products of sine waves, with absolute values up to `height`."""
    total = np.zeros((rows, columns), dtype=np.float32)
    for _ in range(3):
        first = _wave(rows, row_mm, dice.between(140, 400), dice.between(0, 1))
        second = _wave(columns, column_mm, dice.between(140, 500), dice.between(0, 1))
        total += (first[:, None] * second[None, :]) * dice.between(-height / 3, height / 3)
    return total


def _wave(n: int, step: float, length: float, phase: float) -> Floats:
    return np.array([round(sin(2 * pi * (i * step / length + phase)), 4) for i in range(n)], dtype=np.float32)


class Painter:
    """The label map, (X, Y, Z) uint8, and the scan, (X, Y, Z) int16, on which strokes are painted."""

    def __init__(self, space: Space, values: Mapping[str, int], background: int) -> None:
        self.space = space
        self.values = values
        self.labels: NDArray[np.uint8] = np.zeros(space.shape, dtype=np.uint8)
        self.scan: NDArray[np.int16] = np.full(space.shape, background, dtype=np.int16)

    def paint(self, strokes: Iterable[Stroke]) -> None:
        """Paint strokes in order; later ones cover earlier ones."""
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
        # Cores come last, so that the rim of one part does not cut through the core of the next.
        for box, inside, value in cores:
            self.scan[box][inside] = value

    def soften(self) -> None:
        """Blur the scan by (1, 2, 1) / 4 along each axis, so that voxels at a border mix both sides."""
        for axis in range(3):
            v = np.moveaxis(self.scan, axis, 0)
            middle = v[1:-1] * np.int16(2)
            middle += v[:-2]
            middle += v[2:]
            middle += np.int16(2)
            middle >>= 2
            v[1:-1] = middle

    def add_noise(self, dice: Dice, sigma: int, lowest: int) -> None:
        """Add noise with standard deviation `sigma`, and clip the scan at `lowest`."""
        self.scan += dice.noise(self.space.shape, sigma)
        np.maximum(self.scan, lowest, out=self.scan)

    def tidy(self, many: Mapping[str, int], least: int) -> None:
        """Remove fragments that other structures have cut off.

        A structure keeps only its largest 26-connected piece; a structure in `many` keeps every piece with at
        least that number of voxels. A structure with fewer than `least` voxels is removed.
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
