"""Rendering the views of a case: pictures, and the record of their marks.

The views of an item share slices. A grey slice and its marks are computed once for all views that show them,
if these are consecutive in the call, and the PNG file of a slice without marks once per case. A view of no
structure stands on a square canvas, because the size of any other would tell its plane.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misground.anatomy import Plane, axis_index, in_plane_axes, slice_axis_index
from misground.coordinates import LONGER_SIDE, canvas, plane_slice, squared, to_screen
from misground.records import Case, Coordinates, Dimension, Mark, View, ViewSpec
from misground.rendering.frames import draw_marks
from misground.rendering.ink import Grey, Ink, blank_png, inked_png, plain_png
from misground.rendering.mirror import Mirror, mirror_of, mirrored_picture, mirrored_section
from misground.rendering.recent import Recent
from misground.rendering.sections import Section, find_section, on_canvas
from misground.rendering.shapes import Marked
from misground.rendering.style import COLORS, LABELS, STYLES, Label
from misground.volumes.window import apply_window

_Structures = tuple[str, ...]
_Group = tuple[Dimension, Plane, Coordinates, bool, Mirror]
"""What views with the same canvas share; the last two: whether the canvas is square, and how the scan is
mirrored on it."""

# Number of cached slices; a stack has up to 32, and stacks of one volume overlap.
_KEPT: Final[Mapping[Dimension, int]] = {"2d": 8, "3d": 128}
_KEPT_FILES: Final = 1024
"""Number of cached PNG files without marks, of about 30 kB each, for each canvas of a case."""


def render_views(case: Case, specs: Sequence[ViewSpec], window: tuple[float, float]) -> list[View]:
    """Draw views of one case with a new `Renderer`; see `Renderer.views`."""
    return Renderer(case, window).views(specs)


class Renderer:
    """Draws views of one case; pictures without marks are cached between calls."""

    def __init__(self, case: Case, window: tuple[float, float]) -> None:
        """Prepare to draw `case`, with the intensities `window` = (low, high) as black and white."""
        self._case, self._window = case, window
        self._plain_files: dict[_Group, Recent[int, bytes]] = {}

    def views(self, specs: Sequence[ViewSpec]) -> list[View]:
        """Draw views in the order of `specs`; equal specs always give equal bytes.

        Raises:
            ValueError: a spec belongs to another case, names an unknown structure or a number of structures
                other than none or two, or has a slice outside the volume.
        """
        for spec in specs:
            _check(self._case, spec)
        groups: list[_Group] = [
            (spec.dimension, spec.plane, spec.coordinates, _is_square(spec), mirror_of(spec))
            for spec in specs
        ]
        order = sorted(range(len(specs)), key=groups.__getitem__)
        views: dict[int, View] = {}
        for group, members in groupby(order, groups.__getitem__):
            plain_files = self._plain_files.setdefault(group, Recent[int, bytes](_KEPT_FILES))
            artist = _Artist(self._case, *group, self._window, plain_files)
            views.update((member, artist.view(specs[member])) for member in members)
        return [views[i] for i in range(len(specs))]


def _is_square(spec: ViewSpec) -> bool:
    """Whether a view stands on a square canvas: a stack that asks for no structure, but for its own plane."""
    return spec.dimension == "3d" and not spec.structures


def _check(case: Case, spec: ViewSpec) -> None:
    if spec.case_id != case.facts.case_id:
        raise ValueError(f"found a view of case {spec.case_id!r}, expected case {case.facts.case_id!r}")
    if len(spec.structures) not in (0, 2):
        raise ValueError(f"found a view of {len(spec.structures)} structures, expected none or two")
    unknown = set(spec.structures) - {structure.key for structure in case.structures}
    if unknown:
        raise ValueError(f"structures {sorted(unknown)} are not in case {case.facts.case_id!r}")
    count = case.facts.shape[slice_axis_index(spec.plane)]
    outside = [index for index in spec.slices if not 0 <= index < count]
    if outside:
        raise ValueError(f"{spec.plane} slices {outside} are outside 0..{count - 1}")


class _Artist:
    """Draws views of a case that share a canvas, and caches what else they share."""

    def __init__(
        self,
        case: Case,
        dimension: Dimension,
        plane: Plane,
        coordinates: Coordinates,
        square: bool,
        mirror: Mirror,
        window: tuple[float, float],
        plain_files: Recent[int, bytes],
    ) -> None:
        self._case = case
        self._plane: Plane = plane
        self._coordinates: Coordinates = coordinates
        self._window = window
        self._style = STYLES[dimension]
        self._canvas = canvas(
            plane, coordinates, case.facts.shape, case.facts.spacing_mm, LONGER_SIDE[dimension]
        )
        self._square, self._mirror = square, mirror
        side = LONGER_SIDE[dimension]
        self._size = (side, side) if square else (self._canvas.height, self._canvas.width)
        self._values = {structure.key: i + 1 for i, structure in enumerate(case.structures)}
        first, second = in_plane_axes(plane)
        self._spacing_mm = case.facts.spacing_mm[axis_index(first)], case.facts.spacing_mm[axis_index(second)]
        self._black = plain_png(np.zeros(self._size, dtype=np.uint8))
        kept = _KEPT[dimension]
        self._greys = Recent[int, Grey](kept)
        self._plain_files = plain_files
        self._sections = Recent[tuple[_Structures, int], dict[Label, Section]](kept)
        self._inks = Recent[tuple[Marked, _Structures, int], Ink](3 * kept)

    def view(self, spec: ViewSpec) -> View:
        """The pictures of a view, and the marks of its structures in every frame."""
        shown = [self._shown(spec.structures, index) for index in spec.slices]
        return View(
            frames=tuple(
                self._frame(spec, index, bool(s)) for index, s in zip(spec.slices, shown, strict=True)
            ),
            width=self._size[1],
            height=self._size[0],
            mm_per_pixel=self._canvas.mm_per_pixel,
            marks=tuple(
                Mark(
                    spec.structures[LABELS.index(label)],
                    label,
                    COLORS[label],
                    frame,
                    section.box,
                    section.point,
                )
                for frame, sections in enumerate(shown)
                for label, section in sections.items()
            ),
        )

    def _frame(self, spec: ViewSpec, index: int, shown: bool) -> bytes:
        """The PNG file of one slice; `shown`: whether it contains any of the asked structures."""
        if spec.prompt == "none" or not shown:
            return self._black if spec.blank else self._plain(index)
        ink = self._ink(spec.prompt, spec.structures, index)
        return blank_png(ink) if spec.blank else inked_png(self._grey(index), ink)

    def _plain(self, index: int) -> bytes:
        """The PNG file of a slice without marks."""
        return self._plain_files.get(index, lambda: plain_png(self._grey(index)))

    def _ink(self, prompt: Marked, structures: _Structures, index: int) -> Ink:
        """The marks of a slice, for both the scan and the blank canvas."""

        def draw() -> Ink:
            return draw_marks(prompt, self._shown(structures, index), self._style, self._size)

        return self._inks.get((prompt, structures, index), draw)

    def _grey(self, index: int) -> Grey:
        """The scan's slice on the canvas, windowed."""
        return self._greys.get(index, lambda: self._scale(index))

    def _scale(self, index: int) -> Grey:
        values = plane_slice(self._case.scan, self._plane, index)
        native = to_screen(apply_window(values, *self._window), self._coordinates)
        image = Image.fromarray(np.ascontiguousarray(native))
        scaled = image.resize((self._canvas.width, self._canvas.height), Image.Resampling.BILINEAR)
        placed = squared(np.asarray(scaled), self._coordinates) if self._square else np.asarray(scaled)
        return mirrored_picture(placed, self._mirror)

    def _shown(self, structures: _Structures, index: int) -> dict[Label, Section]:
        """The sections of the asked structures that are in a slice, by label."""
        if not structures:
            return {}
        return self._sections.get((structures, index), lambda: self._find(structures, index))

    def _find(self, structures: _Structures, index: int) -> dict[Label, Section]:
        labels: NDArray[np.unsignedinteger] = plane_slice(self._case.labels, self._plane, index)
        labels = np.ascontiguousarray(labels)  # read a strided slice only once, not once per structure
        found: dict[Label, Section] = {}
        for label, structure in zip(LABELS, structures, strict=True):
            native = find_section(labels, self._values[structure], self._spacing_mm)
            if native is not None:
                section = on_canvas(native, self._coordinates, self._canvas)
                found[label] = mirrored_section(section, self._mirror, self._size)
        return found
