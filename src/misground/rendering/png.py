"""Encoding of 8-bit images as PNG files, several times faster than Pillow, and smaller.

Every row is stored as its difference from the row above, which suits scans, and compressed by libdeflate,
whose output is the same on every processor. Source: Portable Network Graphics, W3C Recommendation (third
edition).
"""

import struct
import zlib
from typing import Any, Final

import deflate
import numpy as np
from numpy.typing import NDArray

LEVEL: Final = 2
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE = 0, 2, 3
_NO_FILTER, _UP = 0, 2
_deflate: Any = deflate


def encode(image: NDArray[np.uint8], palette: bytes | None = None) -> bytes:
    """Encode an image as a PNG file; equal input gives equal bytes.

    Args:
        image: greys (height, width), RGB (height, width, 3), or palette indices (height, width).
        palette: RGB triples for all indices; None for greys and RGB.
    """
    height, width = image.shape[:2]
    color = _RGB if image.ndim == 3 else _GREY if palette is None else _PALETTE
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    data = _filtered(image.reshape(height, -1), _UP if palette is None else _NO_FILTER)
    chunks = [(b"IHDR", header), (b"IDAT", bytes(_deflate.zlib_compress(data, LEVEL))), (b"IEND", b"")]
    if palette is not None:
        chunks.insert(1, (b"PLTE", palette))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _filtered(rows: NDArray[np.uint8], filter_type: int) -> NDArray[np.uint8]:
    """Each row preceded by the number of its filter."""
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), dtype=np.uint8)
    filtered[:, 0] = filter_type
    filtered[:, 1:] = rows
    if filter_type == _UP:  # differences wrap around at 256, as in the standard
        filtered[1:, 1:] -= rows[:-1]
    return filtered


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
