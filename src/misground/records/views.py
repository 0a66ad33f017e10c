"""Views: `questions` requests one as a `ViewSpec`, `rendering` draws it as a `View`."""

from dataclasses import dataclass
from typing import Literal

from misground.anatomy import Plane, ScreenAxis
from misground.records.factors import Coordinates, Dimension, Prompt


@dataclass(frozen=True)
class ViewSpec:
    """A picture (2D) or an ordered stack of pictures (3D) to be drawn.

    Attributes:
        case_id: the case.
        dimension: 2d or 3d.
        plane: axial, coronal or sagittal.
        slices: RAS+ indices along the plane's slice axis, in display order.
        coordinates: storage or viewing, see `misground.coordinates`.
        prompt: the kind of marks.
        blank: whether the marks are drawn on a black canvas instead of the scan.
        structures: keys of the asked structures (A, B), or () if the question is about none.
        mirrored: the screen axis along which the scan is mirrored: each frame along a row or column; "frame"
            says that `slices` are in the opposite order of the item's. None for a view of the scan as it is.
    """

    case_id: str
    dimension: Dimension
    plane: Plane
    slices: tuple[int, ...]
    coordinates: Coordinates
    prompt: Prompt
    blank: bool
    structures: tuple[str, ...]
    mirrored: ScreenAxis | None = None


@dataclass(frozen=True)
class Mark:
    """The position of one asked structure in one frame, in canvas pixels (x right, y down).

    Attributes:
        structure: key of the structure.
        label: A or B.
        color: "#rrggbb".
        frame: index of the frame in the view, from 0.
        box: (x0, y0, x1, y1), half-open.
        point: (x, y), inside the structure.
    """

    structure: str
    label: Literal["A", "B"]
    color: str
    frame: int
    box: tuple[int, int, int, int]
    point: tuple[int, int]


@dataclass(frozen=True)
class View:
    """A drawn view.

    Attributes:
        frames: PNG files in display order.
        width: width of every frame in pixels.
        height: height of every frame in pixels.
        mm_per_pixel: side of a pixel in mm.
        marks: the marks in all frames.
    """

    frames: tuple[bytes, ...]
    width: int
    height: int
    mm_per_pixel: float
    marks: tuple[Mark, ...]
