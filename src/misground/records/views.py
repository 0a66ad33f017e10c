"""Views: `questions` asks for them by `ViewSpec`; `rendering` answers with a `View`."""

from dataclasses import dataclass
from typing import Literal

from misground.anatomy import Plane
from misground.records.factors import Coordinates, Dimension, Prompt


@dataclass(frozen=True)
class ViewSpec:
    """A picture (2D) or an ordered stack of pictures (3D) to be drawn.

    slices: RAS+ indices along the plane's slice axis in display order.
    structures: the asked pair (A, B) as structure keys, or () where no structure is asked.
    blank: marks on a black canvas, no scan.
    """

    case_id: str
    dimension: Dimension
    plane: Plane
    slices: tuple[int, ...]
    coordinates: Coordinates
    prompt: Prompt
    blank: bool
    structures: tuple[str, ...]


@dataclass(frozen=True)
class Mark:
    """Where one asked structure shows in one frame, in canvas pixels (x right, y down).

    box: (x0, y0, x1, y1), half-open. point: (x, y), inside the structure. color: "#rrggbb".
    """

    structure: str
    label: Literal["A", "B"]
    color: str
    frame: int
    box: tuple[int, int, int, int]
    point: tuple[int, int]


@dataclass(frozen=True)
class View:
    """A drawn view. frames: PNG files in display order; width, height in pixels of every frame."""

    frames: tuple[bytes, ...]
    width: int
    height: int
    mm_per_pixel: float
    marks: tuple[Mark, ...]
