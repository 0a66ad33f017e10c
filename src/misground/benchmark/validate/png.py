"""Untrusted PNG files: chunks and size are checked before anything is decoded.

A frame may contain only pixels: a text, time or profile chunk could bring a host name, a path or a time into
the
benchmark.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ALLOWED: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_COLOUR_TYPES: Final = {0: "grey", 2: "RGB", 3: "palette"}
_MOST_BYTES: Final = 8 << 20


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
    _check_chunks(data, width, height)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            grey = image.mode in ("1", "L")
            pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as error:
        raise BadPictureError(f"cannot be decoded ({error})") from error
    if pixels.shape[:2] != (height, width):
        raise BadPictureError(f"decodes to {pixels.shape[1]} x {pixels.shape[0]} pixels")
    return Picture(grey, pixels)


def _check_chunks(data: bytes, width: int, height: int) -> None:
    if len(data) > _MOST_BYTES:
        raise BadPictureError(f"has {len(data)} bytes, expected at most {_MOST_BYTES >> 20} MiB")
    if not data.startswith(_SIGNATURE):
        raise BadPictureError("is not a PNG file")
    start = len(_SIGNATURE)
    kinds: list[bytes] = []
    while start < len(data):
        if start + 12 > len(data):
            raise BadPictureError("is truncated")
        length, kind = struct.unpack_from(">I4s", data, start)
        stop = start + 12 + length
        if stop > len(data):
            raise BadPictureError("is truncated")
        if kind not in _ALLOWED:
            raise BadPictureError(f"contains a chunk {kind!r}, expected only pixels")
        if struct.unpack_from(">I", data, stop - 4)[0] != zlib.crc32(data[start + 4 : stop - 4]):
            raise BadPictureError(f"is damaged: a {kind.decode()} chunk has a wrong checksum")
        if not kinds:
            _check_header(data[start + 8 : stop - 4], kind, width, height)
        kinds.append(kind)
        start = stop
        if kind == b"IEND":
            break
    if kinds[-1:] != [b"IEND"]:
        raise BadPictureError("is truncated")
    if start != len(data) or kinds.count(b"IHDR") != 1:
        raise BadPictureError("contains more than one picture")


def _check_header(body: bytes, kind: bytes, width: int, height: int) -> None:
    if kind != b"IHDR" or len(body) != 13:
        raise BadPictureError("does not start with a header")
    found_width, found_height, depth, colour_type = struct.unpack_from(">IIBB", body)
    if (found_width, found_height) != (width, height):
        raise BadPictureError(f"is {found_width} x {found_height} pixels, expected {width} x {height}")
    if colour_type not in _COLOUR_TYPES or depth > 8:
        raise BadPictureError(f"has colour type {colour_type} of {depth} bits, expected grey, RGB or palette")
