"""Decoding a PNG file of unknown origin, once `misground.benchmark.picture` has checked it."""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misground.benchmark.picture import png_fault


class BadPictureError(Exception):
    """A picture cannot be used; the text gives the reason in one line."""


@dataclass(frozen=True)
class Picture:
    """A decoded frame.

    Attributes:
        grey: whether the file is greyscale.
        pixels: (height, width) if grey, else (height, width, 3).
    """

    grey: bool
    pixels: NDArray[np.uint8]


def read_png(data: bytes, width: int, height: int) -> Picture:
    """Decode a frame of a known size. Raises BadPictureError for anything else before decoding it."""
    fault = png_fault(data, width, height)
    if fault is not None:
        raise BadPictureError(fault)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            grey = image.mode in ("1", "L")
            pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as error:
        raise BadPictureError(f"cannot be decoded ({error})") from error
    if pixels.shape[:2] != (height, width):
        raise BadPictureError(f"decodes to {pixels.shape[1]} x {pixels.shape[0]} pixels")
    return Picture(grey, pixels)
