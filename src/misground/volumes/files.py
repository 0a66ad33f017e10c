"""Reading the bytes of untrusted files, with limits and one-line errors.

The errors raised here have no file name; `naming` adds it once, at the outermost call.
"""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
from isal import igzip, igzip_lib
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.volumes.other_form import other_form

MAX_VOXELS: Final = 2**29
MAX_OFFSET: Final = 1 << 26
"""Most bytes before the data. Header extensions lie there; real ones have kilobytes."""
# isal's type stubs declare the error as an instance and leave its functions untyped.
_Corrupt = cast("type[Exception]", igzip_lib.error)
_igzip: Any = igzip
# Deflate expands a byte to at most 1032 bytes, so any larger claim is false.
_MAX_EXPANSION: Final = 1100
_BLOCK: Final = 1 << 20


class TooShortError(CaseError):
    """The data ends before the last voxel."""


class Readable(Protocol):
    """A stream of bytes; `read` returns at most n bytes, and none only at the end."""

    def read(self, n: int, /) -> bytes:
        """Read at most n bytes."""
        ...


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn any error while reading `path` into a one-line CaseError with the file's name, not its path."""
    try:
        yield
    except (CaseError, EOFError, OSError, _Corrupt, MemoryError) as error:
        raise CaseError(f"{path.name!r}: {_reason(error, path)}") from error


def _reason(error: BaseException, path: Path) -> str:
    if isinstance(error, CaseError):
        return str(error)
    if isinstance(error, EOFError):
        return "the compressed data is truncated; copy the file again"
    if isinstance(error, gzip.BadGzipFile):
        wrong = "Not a gzipped" in str(error)
        form = other_form(path) or "not a gzip file; copy the file again"
        return form if wrong else "the gzip checksum does not match; copy the file again"
    if isinstance(error, OSError):
        return _system_reason(error)
    if isinstance(error, MemoryError):
        return "not enough memory to read it"
    return "the compressed data is corrupt; copy the file again"


def file_reason(error: OSError) -> str:
    """The system's error about a file, in one line with the file's name, not its path."""
    name = error.filename
    shown = f"{Path(os.fsdecode(name)).name!r}: " if isinstance(name, str | bytes | os.PathLike) else ""
    return shown + _system_reason(error)


def _system_reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "cannot be read"


@contextmanager
def open_bytes(path: Path) -> Iterator[Readable]:
    """The file's bytes; a file named .gz is decompressed (all members, with checksums verified)."""
    compressed = path.name.lower().endswith(".gz")
    with _igzip.open(path, "rb") if compressed else path.open("rb") as stream:
        yield stream


def gzip_body(content: bytes) -> bytes | None:
    """A gzip file without its header, which contains a name and a time; None if it is not a gzip file.

    Equal bodies decompress to equal data. Source: RFC 1952, section 2.3.
    """
    if content[:3] != b"\x1f\x8b\x08" or len(content) < 18 or content[3] & 0xE0:
        return None
    flags, start = content[3], 10
    if flags & 4:  # an extra field, preceded by its length
        start += 2 + int.from_bytes(content[start : start + 2], "little")
    for flag in (8, 16):  # name and comment, each terminated by a zero byte
        if flags & flag:
            start = content.find(b"\0", start) + 1
            if start == 0:
                return None
    start += 2 if flags & 2 else 0  # a checksum of the header
    return content[start:]


def check_length(path: Path, needed: int, *, compressed: bool = False) -> None:
    """Raise CaseError if a file cannot contain `needed` bytes, before anything is read or allocated."""
    size = path.stat().st_size
    if size == 0:
        raise CaseError("the file is empty")
    if needed > (size * _MAX_EXPANSION if compressed or path.name.lower().endswith(".gz") else size):
        raise CaseError(
            f"the file has {size} bytes, which is too short for the {needed} bytes that its header claims"
        )


def check_voxels(shape: tuple[int, ...], max_voxels: int) -> tuple[int, int, int]:
    """Check a claimed shape before allocation, and drop further axes of length 1.

    Returns:
        The lengths of the three axes.

    Raises:
        CaseError: the number of axes is not three, an axis has no voxels, or there are more than
            `max_voxels`.
    """
    kept = shape[:3] if all(n == 1 for n in shape[3:]) else shape
    if len(kept) != 3:
        shown = " x ".join(map(str, kept[:8])) + (" x ..." if len(kept) > 8 else "")
        raise CaseError(f"found {len(kept)} axes of {shown}; expected a 3-D volume")
    if min(kept) < 1:
        raise CaseError(
            f"found a shape of {' x '.join(map(str, kept))}; expected at least one voxel along each axis"
        )
    i, j, k = (int(n) for n in kept)
    if i * j * k > max_voxels:
        raise CaseError(f"the header claims {i} x {j} x {k} voxels; expected at most {max_voxels} in total")
    return i, j, k


def skip(stream: Readable, n_bytes: int) -> None:
    """Skip `n_bytes`, one block at a time."""
    while n_bytes > 0:
        got = len(stream.read(min(n_bytes, _BLOCK)))
        if got == 0:
            raise CaseError("the file ends before its data starts")
        n_bytes -= got


def read_array(
    stream: Readable, shape: tuple[int, int, int], dtype: np.dtype[np.generic]
) -> NDArray[np.generic]:
    """The rest of the stream as one array, first axis fastest, in native byte order.

    Raises:
        CaseError: the stream is shorter or longer than the array.
    """
    data = np.empty(shape, dtype, order="F")
    target = data.reshape(-1, order="F").view(np.uint8).data
    filled = 0
    while filled < len(target):
        block = stream.read(min(_BLOCK, len(target) - filled))
        if not block:
            raise TooShortError(
                f"found {filled} bytes of data, too short for the {len(target)} that the header claims"
            )
        target[filled : filled + len(block)] = block
        filled += len(block)
    check_end(stream, len(target))
    return data if dtype.isnative else data.byteswap(inplace=True).view(dtype.newbyteorder("="))


def check_end(stream: Readable, n_bytes: int) -> None:
    """Raise CaseError if the stream continues; reading its end also verifies a gzip checksum."""
    if stream.read(1):
        raise CaseError(f"found more data than the {n_bytes} bytes that the header claims")
