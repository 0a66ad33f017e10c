"""Pictures for the conventions page: a phantom with letters on its faces, rendered like every other case.

Run: python -m misground.rendering.conventions docs/conventions
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import (
    PLANES,
    Axis,
    Plane,
    axis_index,
    in_plane_axes,
    slice_axis_index,
    structure_table,
)
from misground.records import COORDINATES, Case, CaseFacts, Coordinates, Prompt, ViewSpec
from misground.rendering.render import render_views

SHAPE: Final = (120, 96, 144)
SPACING_MM: Final = (3.0, 3.0, 3.0)
WINDOW: Final = (-200.0, 200.0)
AIR, BODY, ORGAN, LETTER = -1000, -60, 60, 200

# For each plane, the slice that contains its letters, away from the letters of the two other planes.
SLICES: Final[Mapping[Plane, int]] = {"axial": 44, "coronal": 34, "sagittal": 36}
# The two ends of each axis, at the lower and the higher RAS+ index.
FACES: Final[Mapping[Axis, tuple[str, str]]] = {"x": ("L", "R"), "y": ("P", "A"), "z": ("I", "S")}
# Centre and radii in voxels of the pair that the pictures with marks show.
ORGANS: Final[Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int]]]] = {
    "liver": ((82, 44, 52), (14, 20, 26)),
    "spleen": ((40, 38, 52), (9, 14, 18)),
}

_MARGIN: Final = 15
_THICKNESS: Final = 5
_SCALE: Final = 3
_GLYPHS: Final[Mapping[str, str]] = {
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "I": "##### ..#.. ..#.. ..#.. ..#.. ..#.. #####",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
}


def orientation_phantom(letters: str = "RLAPSI") -> Case:
    """A body of 120 x 96 x 144 voxels of 3 mm, with bright letters at the centres of its six faces.

    The letters stand for right, left, anterior, posterior, superior and inferior. Each is a slab of voxels in
    the slices `SLICES` of the two planes in which it is visible, and reads upright in viewing coordinates.
    Two ellipsoids are labelled liver and spleen.

    Args:
        letters: the letters to include.
    """
    scan = np.where(_ellipsoid(tuple(n // 2 for n in SHAPE), tuple(n // 2 for n in SHAPE)), BODY, AIR)
    labels = np.zeros(SHAPE, dtype=np.uint8)
    table = structure_table()
    organs = sorted(ORGANS, key=table.rank)
    for value, key in enumerate(organs, start=1):
        inside = _ellipsoid(*ORGANS[key])
        scan[inside] = ORGAN
        labels[inside] = value
    for plane in PLANES:
        for axis in in_plane_axes(plane):
            for letter, end in zip(FACES[axis], (_MARGIN, SHAPE[axis_index(axis)] - _MARGIN), strict=True):
                if letter in letters:
                    _write(scan, plane, axis, end, letter)
    return Case(
        facts=CaseFacts(
            case_id="orientation",
            modality="ct",
            source="phantom",
            spacing_mm=SPACING_MM,
            shape=SHAPE,
            oblique_degrees=0.0,
            side=None,
            structures=tuple(organs),
        ),
        scan=scan.astype(np.int16),
        labels=labels,
        structures=tuple(table.structures[key] for key in organs),
        axes=np.eye(3),
    )


def _ellipsoid(centre: tuple[int, ...], radii: tuple[int, ...]) -> NDArray[np.bool_]:
    x, y, z = (((np.arange(n) - c) / r) ** 2 for n, c, r in zip(SHAPE, centre, radii, strict=True))
    inside: NDArray[np.bool_] = x[:, None, None] + y[None, :, None] + z[None, None, :] <= 1
    return inside


def _write(scan: NDArray[np.int_], plane: Plane, axis: Axis, end: int, letter: str) -> None:
    """Write a letter into the plane's slices, at voxel `end` of the axis and the middle of the other one."""
    bitmap = np.array([[dot == "#" for dot in row] for row in _GLYPHS[letter].split()])
    rows_down = np.kron(bitmap, np.ones((_SCALE, _SCALE), dtype=np.bool_))
    # Upright in viewing coordinates, where rows and columns are opposite to the second and the first axis.
    voxels = rows_down[::-1, ::-1].T
    where: list[slice] = [slice(None)] * 3
    for other, size in zip(in_plane_axes(plane), voxels.shape, strict=True):
        i = axis_index(other)
        start = (end if other == axis else SHAPE[i] // 2) - size // 2
        where[i] = slice(start, start + size)
    first = SLICES[plane] - _THICKNESS // 2
    where[slice_axis_index(plane)] = slice(first, first + _THICKNESS)
    slab = np.expand_dims(voxels, slice_axis_index(plane))
    region = scan[tuple(where)]
    region[np.broadcast_to(slab, region.shape)] = LETTER


def pictures() -> dict[str, bytes]:
    """File name -> PNG file: each plane in both coordinates, and an axial slice with each kind of mark."""
    case = orientation_phantom()
    names = dict(_specs(case))
    views = render_views(case, list(names.values()), WINDOW)
    return {name: view.frames[0] for name, view in zip(names, views, strict=True)}


def _specs(case: Case) -> Iterator[tuple[str, ViewSpec]]:
    def spec(plane: Plane, coordinates: Coordinates, prompt: Prompt, blank: bool = False) -> ViewSpec:
        # A stack of one frame, since the small canvas is enough here.
        slices = (SLICES[plane],)
        return ViewSpec(case.facts.case_id, "3d", plane, slices, coordinates, prompt, blank, tuple(ORGANS))

    for plane in PLANES:
        for coordinates in COORDINATES:
            yield f"{plane}_{coordinates}.png", spec(plane, coordinates, "none")
    for prompt in ("mask", "box", "point"):
        yield f"axial_viewing_{prompt}.png", spec("axial", "viewing", prompt)
        yield f"axial_viewing_{prompt}_blank.png", spec("axial", "viewing", prompt, blank=True)


def main() -> None:
    """Write the pictures into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m misground.rendering.conventions", description=main.__doc__
    )
    parser.add_argument("folder", type=Path, help="folder for the PNG files; created if it is missing")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in pictures().items():
        (folder / name).write_bytes(file)


if __name__ == "__main__":
    main()
