"""One channel of a NIfTI file with four axes, as the Medical Segmentation Decathlon has for MRI."""

from pathlib import Path
from typing import Any, Final

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.files import (
    MAX_VOXELS,
    Readable,
    check_length,
    naming,
    open_bytes,
    read_array,
    skip,
)
from misground.volumes.nifti import parse_nifti_header, scaled
from misground.volumes.reading import read_volume

_LENGTHS: Final = (348, 540)
_ORDERS: Final[tuple[Any, ...]] = ("little", "big")
MOST_CHANNELS: Final = 64


def read_channel(path: Path, channel: int) -> Volume:
    """One channel of a volume; channel 0 of a file with three axes is the volume itself.

    Args:
        path: the file.
        channel: index along the fourth axis, from 0.

    Raises:
        CaseError: with the file's name: as `read_volume`, or there is no such channel.
    """
    with naming(path):
        count = _channels(path)
    if count is None or count == 1:
        if channel:
            raise CaseError(f"{path.name!r}: found one channel; expected at least {channel + 1}")
        return read_volume(path)
    with naming(path):
        if channel >= count:
            raise CaseError(f"found {count} channels; expected at least {channel + 1}")
        if count > MOST_CHANNELS:
            raise CaseError(f"found {count} channels; expected at most {MOST_CHANNELS}")
        with open_bytes(path) as stream:
            block = _header(stream)
            header = parse_nifti_header(_of_three_axes(block), MAX_VOXELS)
            check_length(path, header.offset + count * header.data_bytes)
            skip(stream, header.offset - len(block))
            skip(stream, channel * header.data_bytes)
            data = read_array(_Part(stream, header.data_bytes), header.shape, header.dtype)
            skip(stream, (count - channel - 1) * header.data_bytes)
            if stream.read(1):
                raise CaseError("found more data than the header claims")
        return Volume(scaled(data, header.slope, header.inter), header.affine.copy())


class _Part:
    """The next bytes of a stream, and no more."""

    def __init__(self, stream: Readable, left: int) -> None:
        self._stream, self._left = stream, left

    def read(self, n: int, /) -> bytes:
        """Read at most n bytes."""
        block = self._stream.read(min(n, self._left))
        self._left -= len(block)
        return block


def _channels(path: Path) -> int | None:
    """The length of the fourth axis; None if the file is no single NIfTI file with four axes."""
    if not path.is_file() or not path.name.lower().endswith((".nii", ".nii.gz")):
        return None
    with open_bytes(path) as stream:
        block = _header(stream)
    dims = _dims(block)
    return dims[4] if dims is not None and dims[0] == 4 else None


def _header(stream: Readable) -> bytes:
    block = stream.read(_LENGTHS[0])
    order = _order(block)
    length = int.from_bytes(block[:4], order) if order else 0
    return block + stream.read(length - len(block)) if length > len(block) else block


def _order(block: bytes) -> Any:
    return next((order for order in _ORDERS if int.from_bytes(block[:4], order) in _LENGTHS), None)


def _dims(block: bytes) -> list[int] | None:
    """The field `dim`. Source: nifti1.h (from byte 40, 16 bits each), nifti2.h (from byte 16, 64 bits)."""
    order = _order(block)
    if order is None or len(block) not in _LENGTHS:
        return None
    start, size = (40, 2) if len(block) == 348 else (16, 8)
    return [
        int.from_bytes(block[start + i * size : start + (i + 1) * size], order, signed=True) for i in range(8)
    ]


def _of_three_axes(block: bytes) -> bytes:
    """The header of a single channel."""
    start, size = (40, 2) if len(block) == 348 else (16, 8)
    order = _order(block)
    three, one = (3).to_bytes(size, order), (1).to_bytes(size, order)
    return block[:start] + three + block[start + size : start + 4 * size] + one + block[start + 5 * size :]
