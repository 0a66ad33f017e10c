"""NRRD (.nrrd, .nhdr), read without SimpleITK.

ITK's reader opens any file that a header names, by lists and patterns too, and a hostile pattern corrupts its
memory (ITK 5.4). It also assumes LPS+ for a file without a space; here, such a file is refused. Source:
https://teem.sourceforge.net/nrrd/format.html.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.data_file import named_data_file
from misground.volumes.files import (
    MAX_OFFSET,
    MAX_VOXELS,
    Readable,
    TooShortError,
    check_length,
    check_voxels,
    read_array,
    skip,
)
from misground.volumes.geometry import check_affine, make_affine
from misground.volumes.text_header import TextHeader, parse_numbers, read_nrrd_header

# Space -> the signs of its axes in RAS+.
_SPACES: Final = {
    "left-posterior-superior": (-1.0, -1.0, 1.0),
    "lps": (-1.0, -1.0, 1.0),
    "right-anterior-superior": (1.0, 1.0, 1.0),
    "ras": (1.0, 1.0, 1.0),
    "left-anterior-superior": (-1.0, 1.0, 1.0),
    "las": (-1.0, 1.0, 1.0),
}
_TYPES: Final = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(
        ("longlong", "long long", "long long int", "signed long long", "signed long long int"), "i8"
    ),
    **dict.fromkeys(("int64", "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int"), "u8"),
    **dict.fromkeys(("uint64", "uint64_t"), "u8"),
    "float": "f4",
    "double": "f8",
}
_ENCODINGS: Final = {"raw": False, "gzip": True, "gz": True}
_ENDIANS: Final = {"little": "<", "big": ">"}
_SPATIAL_KINDS: Final = frozenset({"domain", "space", "???", "none"})
_VECTOR: Final = re.compile(r"[ \t]*\(([^()]*)\)[ \t]*")
_MOST_LINES: Final = 10_000
_igzip: Any = igzip  # it comes without types


def read_nrrd(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """An NRRD volume in the file's axis order. Raises CaseError if it cannot be used."""
    header = read_nrrd_header(path)
    shape = _shape(header, max_voxels)
    affine = nrrd_affine(header)
    dtype = nrrd_dtype(header)
    compressed = is_compressed(header)
    name = header.fields.get("data file")
    data_path, start = (path, header.end) if name is None else (named_data_file(path, name), 0)
    n_bytes = math.prod(shape) * dtype.itemsize
    check_length(data_path, n_bytes if compressed else start + n_bytes, compressed=compressed)
    with open_data(header, data_path, start, n_bytes, compressed) as stream:
        try:
            return Volume(read_array(stream, shape, dtype), affine)
        except TooShortError as error:
            raise CaseError("the data is shorter than the header claims; copy the file again") from error


@contextmanager
def open_data(
    header: TextHeader, path: Path, start: int, n_bytes: int, compressed: bool
) -> Iterator[Readable]:
    """The stream of voxels. Lines are skipped in the file, bytes in the decompressed data."""
    lines, skipped = _skips(header, compressed)
    with path.open("rb") as file:
        file.seek(start)
        _skip_lines(file, lines)
        if compressed:
            with _igzip.IGzipFile(fileobj=file, mode="rb") as stream:
                skip(stream, skipped)
                yield stream
            return
        # -1 means that the data ends the file.
        first = path.stat().st_size - n_bytes if skipped < 0 else file.tell() + skipped
        if first < file.tell():
            raise TooShortError("the data is shorter than the header claims; copy the file again")
        file.seek(first)
        yield file


def _skips(header: TextHeader, compressed: bool) -> tuple[int, int]:
    """The lines and bytes before the data; of uncompressed data, -1 bytes mean that it ends the file."""
    lines, n_bytes = (
        header.numbers(key, int, 1)[0] if key in header.fields else 0 for key in ("line skip", "byte skip")
    )
    if not 0 <= lines <= _MOST_LINES:
        raise CaseError(f"the header's 'line skip' is {lines}; expected 0 to {_MOST_LINES}")
    if not (0 if compressed else -1) <= n_bytes <= MAX_OFFSET:
        also = "" if compressed else ", or -1"
        raise CaseError(f"the header's 'byte skip' is {n_bytes}; expected 0 to {MAX_OFFSET}{also}")
    return lines, n_bytes


def _skip_lines(file: BinaryIO, count: int) -> None:
    left = MAX_OFFSET
    for _ in range(count):
        line = file.readline(left)
        left -= len(line)
        if not line.endswith(b"\n"):
            raise CaseError(f"the file ends before the {count} lines that its header skips, or they are long")


def _shape(header: TextHeader, max_voxels: int) -> tuple[int, int, int]:
    sizes = header.numbers("sizes", int)
    if len(sizes) == 4 and any(key.startswith("Segment") for key, _ in header.pairs):
        raise CaseError("found layers of 3D Slicer's segments; expected one volume, or segmentations:DIR")
    shape = check_voxels(sizes, max_voxels)
    if len(sizes) != 3:
        raise CaseError("found a fourth axis; expected a 3-D volume")
    if header.numbers("dimension", int, 1) != (3,):
        raise CaseError("the header's 'dimension' does not fit its 'sizes'; expected 3")
    for kind in header.fields.get("kinds", "").lower().split():
        if kind not in _SPATIAL_KINDS:
            raise CaseError(f"found an axis of kind {kind[:40]!r}; expected three axes in space")
    return shape


def is_compressed(header: TextHeader) -> bool:
    """Whether the data is compressed. Raises CaseError for an encoding that is not read."""
    encoding = header.fields.get("encoding", "").lower()
    if encoding not in _ENCODINGS:
        raise CaseError(f"found encoding {encoding[:40]!r}; expected {', '.join(_ENCODINGS)}")
    return _ENCODINGS[encoding]


def nrrd_dtype(header: TextHeader) -> np.dtype[np.generic]:
    """The type of the voxels. Raises CaseError if they are not real numbers."""
    name = " ".join(header.fields.get("type", "no type").lower().split())
    if name not in _TYPES:
        shown = name[:40] if name.isascii() else ascii(name[:40])
        raise CaseError(f"found voxels of {shown}; expected real numbers of at most 64 bits")
    dtype = np.dtype(_TYPES[name])
    if dtype.itemsize == 1:
        return dtype
    endian = header.fields.get("endian", "").lower()
    if endian not in _ENDIANS:
        found = f"endian {endian[:40]!r}" if endian else "no endian"
        raise CaseError(f"found {found}; expected {' or '.join(_ENDIANS)}")
    return dtype.newbyteorder(cast(Any, _ENDIANS[endian]))


def nrrd_affine(header: TextHeader) -> NDArray[np.float64]:
    """The affine to RAS+ mm. Raises CaseError if the header does not give one that can be used."""
    space = header.fields.get("space", "").lower()
    if space not in _SPACES or "space directions" not in header.fields:
        found = f"space {space[:40]!r}" if space else "no space"
        raise CaseError(
            f"found {found} and {'no ' * ('space directions' not in header.fields)}space directions, so left "
            "and right are unknown; expected the directions in LPS, RAS or LAS"
        )
    steps = np.array(_vectors(header, "space directions", 3)).T
    origin = np.array(
        _vectors(header, "space origin", 1)[0] if "space origin" in header.fields else (0, 0, 0)
    )
    with np.errstate(all="ignore"):
        sides = np.sqrt((steps**2).sum(axis=0))
        if not np.isfinite(sides).all() or not np.isfinite(origin).all():
            raise CaseError("cannot be read as NRRD: a direction or the origin has no finite numbers")
        if not sides.all():
            raise CaseError("cannot be read as NRRD: a voxel side is zero")
        # Direction times length, as in ITK, so that the last digit is the same as before.
        steps = steps * (1.0 / sides) * sides
    signs = np.array(_SPACES[space])
    affine = make_affine(signs[:, None] * steps + 0.0, signs * origin + 0.0)  # + 0.0 turns -0.0 into 0.0
    check_affine(affine)
    return affine


def _vectors(header: TextHeader, key: str, count: int) -> list[tuple[float, ...]]:
    """The vectors of a field such as "(1,0,0) (0,1,0) (0,0,1)"."""
    text = header.fields[key]
    vectors: list[tuple[float, ...]] = []
    end = 0
    while (match := _VECTOR.match(text, end)) and len(vectors) < count:
        words = [word.strip(" \t") for word in match[1].split(",")]
        numbers = parse_numbers(words, float)
        if numbers is None or len(numbers) != 3:
            break
        vectors.append(numbers)
        end = match.end()
    if len(vectors) != count or end != len(text):
        expected = "a vector" if count == 1 else f"{count} vectors"
        raise CaseError(f"the header's {key!r} is {text[:60]!r}; expected {expected} such as (1,0,0)")
    return vectors
