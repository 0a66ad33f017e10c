"""A picture of unknown origin is one plain PNG file of the stated size, or it is refused in one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from misground.benchmark.picture import checked_png, png_fault
from misground.errors import UsageError
from misground.records.limits import LONGEST_SIDE, MOST_FRAME_BYTES
from misground.rendering.ink import blank_png
from misground.rendering.png import encode

END = b"\0\0\0\0IEND\xaeB`\x82"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int = 4, height: int = 3, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def rows(content: bytes = bytes(3 * 5)) -> bytes:
    return chunk(b"IDAT", zlib.compress(content))


def file(*parts: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + END


def saved(kind: str, pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)
FRAMES = [Image.fromarray(np.full((3, 4), n, np.uint8)) for n in range(3)]
BAD = {
    "nothing": (None, "is missing"),
    "a path in its place": ("/etc/passwd", "is not a PNG file"),
    "an animated GIF": (saved("GIF", GREY, save_all=True, append_images=FRAMES), "is not a PNG file"),
    "an animated PNG": (saved("PNG", GREY, save_all=True, append_images=FRAMES), "expected only pixels"),
    "text of a megabyte": (file(header(), chunk(b"tEXt", b"k\0" + b"x" * 999_999), rows()), "only pixels"),
    "packed text": (file(header(), chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x")), rows()), "only pixels"),
    "a profile": (file(header(), chunk(b"iCCP", b"k\0\0" + zlib.compress(b"x")), rows()), "only pixels"),
    "a file of many megabytes": (file(header(), rows()) + bytes(MOST_FRAME_BYTES), "expected at most 8 MiB"),
    "a million chunks": (file(header(), *[chunk(b"IDAT", b"")] * 2_000, rows()), "over 1024 chunks"),
    "pixels of a hundred megabytes": (file(header(), rows(bytes(100 << 20))), "bytes of pixels"),
    "too few pixels": (file(header(), rows(bytes(14))), "14 bytes of pixels, expected 15"),
    "pixels without an end": (file(header(), chunk(b"IDAT", zlib.compress(bytes(15))[:-4])), "bytes of"),
    "something after the pixels": (file(header(), rows(), rows()), "more after the pixels"),
    "an unknown filter": (file(header(), rows(b"\5" * 15)), "unknown filter"),
    "interlaced": (file(header(interlace=1), rows()), "interlaced"),
    "another size": (file(header(width=2**31 - 1), rows()), "is 2147483647 x 3 pixels, expected 4 x 3"),
    "two headers": (file(header(), header(), rows()), "more than one picture"),
    "no palette": (file(header(colour=3), rows()), "palette"),
    "a palette of greys": (file(header(), chunk(b"PLTE", bytes(6)), rows()), "palette"),
    "a palette after the pixels": (file(header(colour=3), rows(), chunk(b"PLTE", bytes(6))), "palette"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD.keys())
def test_anything_but_a_plain_picture_is_refused_in_one_line(content: object, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        checked_png(content, 4, 3, "view x frame 0")
    assert str(raised.value).startswith("view x frame 0 ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("size", [(0, 3), (-1, 3), (4, LONGEST_SIDE + 1), (2**31 - 1, 2**31 - 1)])
def test_a_stated_size_out_of_range_is_refused(size: tuple[int, int]) -> None:
    content = file(header(size[0] % 2**32, size[1]), rows())
    assert "stated size" in str(png_fault(content, *size))


def test_every_picture_of_our_writer_and_plain_ones_of_pillow_are_accepted() -> None:
    colours = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    palette = Image.fromarray(np.zeros((3, 4), np.uint8), "P")
    palette.putpalette([0, 0, 0, 9, 8, 7])
    small = io.BytesIO()
    palette.save(small, "PNG")
    ink = np.zeros((3, 4), np.uint8)
    found = [encode(GREY), encode(colours), blank_png(ink), saved("PNG", GREY), saved("PNG", colours)]
    for content in [*found, small.getvalue()]:
        checked_png(content, 4, 3)
