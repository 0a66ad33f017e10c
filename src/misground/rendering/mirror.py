"""Mirroring on the canvas, pixel by pixel: the scan and the marks' places, but never the letters.

A view that is mirrored along "frame" shows the scan as it is: its slices only stand in the other order.
"""

from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from misground.records import ViewSpec
from misground.rendering.sections import Section

Mirror = Literal["", "row", "column"]
"""The screen axis along which the canvas is mirrored: row turns it upside down; "" for none."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


def mirror_of(spec: ViewSpec) -> Mirror:
    """How the frames of a view are mirrored."""
    return spec.mirrored if spec.mirrored in ("row", "column") else ""


def mirrored_picture(picture: NDArray[_Scalar], mirror: Mirror) -> NDArray[_Scalar]:
    """A picture (height, width) mirrored along an axis of the screen."""
    if not mirror:
        return picture
    return np.ascontiguousarray(picture[::-1] if mirror == "row" else picture[:, ::-1])


def mirrored_section(section: Section, mirror: Mirror, canvas: tuple[int, int]) -> Section:
    """A section in its place on the mirrored canvas of (height, width) pixels."""
    (x0, y0, x1, y1), (x, y) = section.box, section.point
    height, width = canvas
    if mirror == "row":
        box, point = (x0, height - y1, x1, height - y0), (x, height - 1 - y)
    elif mirror == "column":
        box, point = (width - x1, y0, width - x0, y1), (width - 1 - x, y)
    else:
        return section
    return Section(box, mirrored_picture(section.inside, mirror), point)
