"""Untrusted PNG files: what a benchmark may contain as a picture, checked before anyone decodes or copies it.

A frame may contain only pixels: a text, time or profile chunk could bring a host name, a path or a time into
the benchmark, and a small file could decompress to gigabytes. The check is therefore an allow-list: the
chunks that our own writer uses, one picture of the size that the view states, and exactly its pixels. A file
that passes decodes in bounded time and memory in any viewer.

Source: Portable Network Graphics, W3C Recommendation (third edition).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from misground.errors import UsageError
from misground.records.limits import LONGEST_SIDE, MOST_FRAME_BYTES

_MOST_CHUNKS: Final = 1024
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ALLOWED: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_GREY, _RGB, _PALETTE = 0, 2, 3
_COLOUR_TYPES: Final = frozenset({_GREY, _RGB, _PALETTE})
_FILTERS: Final = frozenset(range(5))


class _FaultError(Exception):
    """The picture cannot be used; the text gives the reason."""


@dataclass(frozen=True)
class _Header:
    """The header of a PNG file: bits per pixel, and the number of colours that its indices can name."""

    width: int
    height: int
    bits: int
    colour_type: int

    @property
    def row_bytes(self) -> int:
        """Bytes of a decompressed row, with the number of its filter."""
        return 1 + (self.width * self.bits + 7) // 8


def checked_png(content: object, width: int, height: int, name: str = "a picture") -> None:
    """Check that a picture is one plain PNG file of a known size that decodes to exactly its pixels.

    Args:
        content: the file's bytes, of unknown origin.
        width: the width in pixels that the view states, also of unknown origin.
        height: the height in pixels that the view states.
        name: what the message calls the picture, such as "view 1f3a frame 0".

    Raises:
        UsageError: it is anything else; the text is one line.
    """
    fault = png_fault(content, width, height)
    if fault is not None:
        raise UsageError(f"{name} {fault}: run `misground validate`")


def png_fault(content: object, width: int, height: int) -> str | None:
    """The reason why a picture cannot be used, as a predicate such as "is truncated"; None if it can."""
    try:
        _check(content, width, height)
    except _FaultError as fault:
        return str(fault)
    return None


def _check(content: object, width: int, height: int) -> None:
    if not isinstance(content, bytes):
        raise _FaultError("is missing" if content is None else "is not a PNG file")
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise _FaultError(f"has a stated size of {width} x {height} pixels, expected 1 to {LONGEST_SIDE}")
    if len(content) > MOST_FRAME_BYTES:
        raise _FaultError(f"has {len(content)} bytes, expected at most {MOST_FRAME_BYTES >> 20} MiB")
    if not content.startswith(_SIGNATURE):
        raise _FaultError("is not a PNG file")
    header, palette, pixels = _parts(content, width, height)
    _check_palette(header, palette)
    _check_pixels(header, pixels)


def _parts(content: bytes, width: int, height: int) -> tuple[_Header, int | None, list[memoryview]]:
    """The header, the length of the palette, and the compressed pixels, in the order of the standard."""
    header: _Header | None = None
    pixels: list[memoryview] = []
    palette = None
    before = b""
    for kind, body in _chunks(content):
        if header is None:
            header = _header(kind, body, width, height)
        elif kind == b"IHDR":
            raise _FaultError("contains more than one picture")
        elif kind == b"PLTE":
            if palette is not None or pixels:
                raise _FaultError("is damaged: its palette is out of place")
            palette = len(body)
        elif kind == b"IDAT":
            if pixels and before != b"IDAT":
                raise _FaultError("is damaged: its pixels are out of place")
            pixels.append(body)
        elif len(body):
            raise _FaultError("is damaged: its end is not empty")
        before = kind
    if header is None or before != b"IEND":
        raise _FaultError("is truncated")
    return header, palette, pixels


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The (kind, body) of each chunk, up to and with the end of the picture, which must end the file."""
    view = memoryview(content)
    start = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if start + 12 > len(content):
            raise _FaultError("is truncated")
        length, kind = struct.unpack_from(">I4s", content, start)
        stop = start + 12 + length
        if stop > len(content):
            raise _FaultError("is truncated")
        if kind not in _ALLOWED:
            raise _FaultError(f"contains a chunk {kind!r}, expected only pixels")
        if struct.unpack_from(">I", content, stop - 4)[0] != zlib.crc32(view[start + 4 : stop - 4]):
            raise _FaultError(f"is damaged: a {kind.decode()} chunk has a wrong checksum")
        yield kind, view[start + 8 : stop - 4]
        start = stop
        if kind == b"IEND":
            if start != len(content):
                raise _FaultError("contains more than one picture")
            return
    raise _FaultError(f"has over {_MOST_CHUNKS} chunks")


def _header(kind: bytes, body: memoryview, width: int, height: int) -> _Header:
    if kind != b"IHDR" or len(body) != 13:
        raise _FaultError("does not start with a header")
    found_width, found_height, depth, colour_type, packing, filters, interlace = struct.unpack(
        ">IIBBBBB", body
    )
    if (found_width, found_height) != (width, height):
        raise _FaultError(f"is {found_width} x {found_height} pixels, expected {width} x {height}")
    allowed_depths = {8} if colour_type == _RGB else {1, 2, 4, 8}
    if colour_type not in _COLOUR_TYPES or depth not in allowed_depths:
        raise _FaultError(f"has colour type {colour_type} of {depth} bits, expected grey, RGB or palette")
    if (packing, filters, interlace) != (0, 0, 0):
        raise _FaultError("is interlaced or packed in an unknown way, expected plain rows")
    return _Header(width, height, depth * (3 if colour_type == _RGB else 1), colour_type)


def _check_palette(header: _Header, palette: int | None) -> None:
    needed = header.colour_type == _PALETTE
    if needed is (palette is None) or (palette and (palette % 3 or palette > 3 << header.bits)):
        raise _FaultError("is damaged: its palette does not match its pixels")


def _check_pixels(header: _Header, parts: list[memoryview]) -> None:
    """Decompress the pixels, but never more than the header's size needs."""
    expected = header.row_bytes * header.height
    inflate = zlib.decompressobj()
    try:
        rows = inflate.decompress(b"".join(parts), expected + 1)
    except zlib.error as error:
        raise _FaultError(f"cannot be decoded ({error})") from error
    if len(rows) > expected:
        raise _FaultError(f"cannot be decoded (over {expected} bytes of pixels, expected {expected})")
    if len(rows) < expected or not inflate.eof:
        raise _FaultError(f"cannot be decoded ({len(rows)} bytes of pixels, expected {expected})")
    if inflate.unused_data:
        raise _FaultError("cannot be decoded (there is more after the pixels)")
    if not _FILTERS.issuperset(rows[:: header.row_bytes]):
        raise _FaultError("cannot be decoded (a row has an unknown filter)")
