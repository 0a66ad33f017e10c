"""MetaImage (.mhd with its data file, .mha), read without SimpleITK.

If the data file is truncated or its zlib stream is corrupt, ITK's reader reports success and returns wrong or
uninitialised voxels (ITK 5.4). Source: the MetaIO documentation,
https://itk.org/Wiki/ITK/MetaIO/Documentation; the orientation follows ITK's interpretation, LPS+.
"""

from pathlib import Path
from typing import Final

import numpy as np
from isal import igzip_lib
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.data_file import named_data_file
from misground.volumes.files import (
    MAX_OFFSET,
    MAX_VOXELS,
    Readable,
    check_length,
    check_voxels,
    read_array,
    skip,
)
from misground.volumes.geometry import LPS_TO_RAS, UNIT_TOLERANCE, check_affine, make_affine
from misground.volumes.text_header import TextHeader, read_metaimage_header

_TYPES: Final = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    # MetaIO's long has 32 bits on every machine.
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_DIRECTIONS: Final = ("TransformMatrix", "Rotation", "Orientation")
_ORIGINS: Final = ("Offset", "Position", "Origin")
_SPACINGS: Final = ("ElementSpacing", "ElementSize")


def read_metaimage(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """A MetaImage volume in the file's axis order. Raises CaseError if it cannot be used."""
    header = read_metaimage_header(path)
    shape = check_voxels(header.numbers("DimSize", int), max_voxels)
    dtype = _dtype(header)
    affine = _affine(header)
    n_bytes = shape[0] * shape[1] * shape[2] * dtype.itemsize
    name = header.fields["ElementDataFile"]
    data_path = path if name == "LOCAL" else named_data_file(path, name)
    start = header.end if name == "LOCAL" else _header_size(header, data_path, n_bytes)
    compressed = _flag(header, "CompressedData")
    check_length(data_path, n_bytes if compressed else start + n_bytes, compressed=compressed)
    with data_path.open("rb") as stream:
        skip(stream, start)
        return Volume(read_array(ZlibStream(stream) if compressed else stream, shape, dtype), affine)


class ZlibStream:
    """The content of a zlib stream, decompressed only as far as it is read.

    Raises:
        EOFError: the stream is truncated.
        igzip_lib.error: the stream is corrupt.
    """

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._inflate = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_ZLIB)

    def read(self, n: int, /) -> bytes:
        """Read at most n bytes; none only at the stream's end, after its checksum has been verified."""
        while not self._inflate.eof:
            compressed = self._source.read(1 << 16) if self._inflate.needs_input else b""
            if self._inflate.needs_input and not compressed:
                raise EOFError
            block = bytes(self._inflate.decompress(compressed, n))
            if block:
                return block
        return b""


def _header_size(header: TextHeader, data_path: Path, n_bytes: int) -> int:
    """Bytes before the data in a separate data file; -1 in the header means that the data ends the file."""
    if "HeaderSize" not in header.fields:
        return 0
    (size,) = header.numbers("HeaderSize", int, 1)
    if not -1 <= size <= MAX_OFFSET:
        raise CaseError(f"the header's 'HeaderSize' is {size}; expected -1 to {MAX_OFFSET}")
    return size if size >= 0 else max(0, data_path.stat().st_size - n_bytes)


def _dtype(header: TextHeader) -> np.dtype[np.generic]:
    name = header.fields.get("ElementType", "no type")
    if name not in _TYPES:
        shown = name[:40] if name.isascii() else ascii(name[:40])
        raise CaseError(f"found voxels of {shown}; expected one of {', '.join(_TYPES)}")
    if header.fields.get("ElementNumberOfChannels", "1") != "1":
        raise CaseError("found several channels per voxel; expected one")
    if "BinaryData" in header.fields and not _flag(header, "BinaryData"):
        raise CaseError("found voxels as text; expected binary data")
    big = _flag(header, "BinaryDataByteOrderMSB") or _flag(header, "ElementByteOrderMSB")
    return np.dtype((">" if big else "<") + _TYPES[name])


def _affine(header: TextHeader) -> NDArray[np.float64]:
    n_axes = len(header.numbers("DimSize", int))
    direction = _first(header, _DIRECTIONS)
    if direction is None:
        raise CaseError("the header has no TransformMatrix, so left and right are unknown")
    spacing = _first(header, _SPACINGS)
    if spacing is None:
        raise CaseError("the header has no ElementSpacing, so the voxel size is unknown")
    # Row i of the matrix is the direction of axis i.
    rows = np.array(header.numbers(direction, float, n_axes * n_axes)).reshape(n_axes, n_axes)[:3, :3]
    sides = np.array(header.numbers(spacing, float, n_axes))[:3]
    origin = _first(header, _ORIGINS)
    first = np.array(header.numbers(origin, float, n_axes))[:3] if origin else np.zeros(3)
    affine: NDArray[np.float64] = LPS_TO_RAS @ make_affine(rows.T * sides, first)
    check_affine(affine)
    lengths = np.sqrt((rows**2).sum(axis=1))
    if (np.abs(lengths - 1) > UNIT_TOLERANCE).any():
        shown = " x ".join(f"{length:.4g}" for length in lengths)
        raise CaseError(
            f"the header's {direction} has directions of length {shown} beside an ElementSpacing; expected "
            "length 1: correct one of them"
        )
    return affine


def _first(header: TextHeader, keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if key in header.fields), None)


def _flag(header: TextHeader, key: str) -> bool:
    return header.fields.get(key, "").lower() in ("true", "t", "1")
