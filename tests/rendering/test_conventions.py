"""Where the marked faces of the phantom appear, and that the pictures of the docs page show them so."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from misground.anatomy import PLANES, Plane, in_plane_axes
from misground.records import Coordinates, ViewSpec
from misground.rendering import render_views
from misground.rendering.conventions import FACES, SLICES, WINDOW, orientation_phantom, pictures

DOCS = Path(__file__).parents[2] / "docs"

# Image side -> letter, as docs/conventions.md has it.
VIEWING = {
    "axial": {"left": "R", "right": "L", "top": "A", "bottom": "P"},
    "coronal": {"left": "R", "right": "L", "top": "S", "bottom": "I"},
    "sagittal": {"left": "A", "right": "P", "top": "S", "bottom": "I"},
}
# Rows run along the first remaining RAS+ axis, columns along the second.
STORAGE = {
    "axial": {"top": "L", "bottom": "R", "left": "P", "right": "A"},
    "coronal": {"top": "L", "bottom": "R", "left": "I", "right": "S"},
    "sagittal": {"top": "P", "bottom": "A", "left": "I", "right": "S"},
}

GLYPHS = {
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
}


def picture(letter: str, plane: Plane, coordinates: Coordinates) -> NDArray[np.bool_]:
    """Bright pixels of the phantom with one letter."""
    case = orientation_phantom(letter)
    spec = ViewSpec(case.facts.case_id, "2d", plane, (SLICES[plane],), coordinates, "none", False, ())
    (view,) = render_views(case, [spec], WINDOW)
    return np.asarray(Image.open(io.BytesIO(view.frames[0]))) > 240


def side(bright: NDArray[np.bool_]) -> str:
    """The side of the picture that bright pixels are nearest to; they must lie wholly in its outer third."""
    ys, xs = np.nonzero(bright)
    height, width = bright.shape
    sides = {
        "left": xs.max() < width / 3,
        "right": xs.min() > width * 2 / 3,
        "top": ys.max() < height / 3,
        "bottom": ys.min() > height * 2 / 3,
    }
    (found,) = [name for name, holds in sides.items() if holds]
    return found


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize(("coordinates", "expected"), [("viewing", VIEWING), ("storage", STORAGE)])
def test_each_face_appears_at_its_side_of_the_picture(plane, coordinates, expected) -> None:
    letters = [letter for axis in in_plane_axes(plane) for letter in FACES[axis]]
    assert {side(picture(letter, plane, coordinates)): letter for letter in letters} == expected[plane]


@pytest.mark.parametrize(("letter", "plane"), [("R", "axial"), ("R", "coronal"), ("S", "sagittal")])
def test_letters_read_upright_in_viewing_coordinates_and_are_turned_over_in_storage(letter, plane) -> None:
    upright = np.array([[dot == "#" for dot in row] for row in GLYPHS[letter].split()])
    np.testing.assert_array_equal(coarse(picture(letter, plane, "viewing"), upright.shape), upright)
    turned = upright[::-1, ::-1].T
    np.testing.assert_array_equal(coarse(picture(letter, plane, "storage"), turned.shape), turned)


def coarse(bright: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The bright part of a picture, cut out and sampled at the middles of `shape` cells."""
    ys, xs = np.nonzero(bright)
    rows, columns = (
        np.round(v.min() + (np.arange(n) + 0.5) * (v.max() + 1 - v.min()) / n - 0.5).astype(int)
        for v, n in zip((ys, xs), shape, strict=True)
    )
    return bright[np.ix_(rows, columns)]


def test_the_pictures_of_the_docs_page_are_those_that_the_command_makes() -> None:
    made = pictures()
    folder = DOCS / "conventions"
    assert sorted(path.name for path in folder.iterdir()) == sorted(made)
    for name, file in made.items():
        stored, new = (
            np.asarray(image.convert("RGB"), dtype=int)
            for image in (Image.open(folder / name), Image.open(io.BytesIO(file)))
        )
        assert stored.shape == new.shape
        # Letters of marks may differ by a few pixels with the version of the font's rasteriser.
        assert (np.abs(stored - new).max(axis=2) > 2).mean() < 0.002


def test_the_docs_page_shows_every_picture() -> None:
    page = (DOCS / "conventions.md").read_text(encoding="utf-8")
    for name in pictures():
        assert f"(conventions/{name})" in page
