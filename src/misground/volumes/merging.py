"""Merging class files (one 0/1 file per class, as TotalSegmentator writes them) into one label map.

A case has over a hundred such files, and nearly all of their voxels are 0. Each file is therefore
decompressed in blocks that fit into the processor's cache, blocks of zeros are skipped by one memory
comparison, and the rest is processed as words of eight voxels, skipping words of zeros. Of files that are
empty and equal, as for structures that a scan does not show, only the first is decompressed.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.files import Readable, check_end, gzip_body, naming
from misground.volumes.geometry import check_same_grid
from misground.volumes.nifti import open_nifti
from misground.volumes.reading import read_any
from misground.volumes.relabel import exact_text

_BLOCK: Final = 1 << 18
_ZEROS: Final = bytes(_BLOCK)
_ONES: Final = np.uint64(0x0101010101010101)
_MOST_FILES: Final = 255
_SMALL: Final = 1 << 19
"""Largest size in bytes of a file that may be empty: zeros compress to about a thousandth."""


@dataclass(frozen=True)
class _Grid:
    shape: tuple[int, ...]
    affine: NDArray[np.float64]


@dataclass(frozen=True)
class MergedLabels:
    """A label map merged from class files.

    Attributes:
        volume: the label map, uint8, or uint16 if a label value requires it.
        overlap_voxels: number of voxels that more than one file claims; they get the lowest label value.
        labelled_voxels: number of voxels that any file claims.
    """

    volume: Volume
    overlap_voxels: int
    labelled_voxels: int


def merge_class_files(files: Mapping[int, Path]) -> MergedLabels:
    """Merge class files into one label map.

    Args:
        files: label value -> class file (0 outside the structure, 1 inside), in any order.

    Raises:
        CaseError: with the file's name, if a file cannot be read, is on another grid than the first one
            (`geometry.check_same_grid`), or has values other than 0 and 1.
    """
    values = sorted(files)
    if not values:
        raise CaseError("found no class files; expected at least one")
    if values[0] < 1 or values[-1] > 65535 or len(values) > _MOST_FILES:
        raise CaseError(
            f"found {len(values)} class files with label values {values[0]} to {values[-1]}; "
            f"expected at most {_MOST_FILES} with values 1 to 65535"
        )
    merged = _Words()
    empty: set[bytes] = set()
    for place, value in enumerate(values, 1):
        with naming(files[value]):
            packed = _packed(files[value])
            if packed in empty:  # equal bytes: the same grid, and also no voxels
                continue
            if not _claim_file(merged, place, files[value]) and packed is not None:
                empty.add(packed)
    return merged.result(values)


def _packed(path: Path) -> bytes | None:
    """The compressed content of a small gzip file without its header (file name and time); else None.

    It is equal for all files that TotalSegmentator writes for structures that a scan does not show.
    """
    if not path.name.lower().endswith(".nii.gz") or not 0 < path.stat().st_size <= _SMALL:
        return None
    return gzip_body(path.read_bytes())


class _Words:
    """The label map during merging, with eight voxels per word.

    Internally, a file is identified by its place in the order, so one byte per voxel is enough for any
    values.
    """

    def __init__(self) -> None:
        self._first = ""

    def claim(self, place: int, name: str, grid: _Grid, blocks: Iterator[bytes]) -> bool:
        """Assign a file's voxels (one byte each, first axis fastest) to its place unless another has them.

        Returns:
            Whether the file has any voxels.
        """
        if not self._first:
            self._first, self._grid = name, grid
            self._n_voxels = math.prod(grid.shape)
            n_words = -(-self._n_voxels // 8)
            self._places = np.zeros(n_words, np.uint64)
            self._contested = np.zeros(n_words, np.uint64)
        check_same_grid(grid.shape, grid.affine, self._grid.shape, self._grid.affine, repr(self._first))
        start, filled = 0, False
        for block in blocks:
            if block != _ZEROS[: len(block)]:
                self._claim_block(place, block, start)
                filled = True
            start += len(block) // 8
        return filled

    def _claim_block(self, place: int, block: bytes, start: int) -> None:
        found = np.frombuffer(block if len(block) % 8 == 0 else block + bytes(-len(block) % 8), np.uint64)
        where = np.flatnonzero(found != 0)
        found = found[where]
        if (found & ~_ONES).any():
            raise _odd_value(np.setdiff1d(found.view(np.uint8), (0, 1))[0])
        where += start
        before = self._places[where]
        taken = _nonzero_bytes(before) & found
        if taken.any():
            self._contested[where] |= taken
        # Each byte of the product is 0 or the place, so no byte carries into the next.
        self._places[where] = before | (found ^ taken) * np.uint64(place)

    def result(self, values: list[int]) -> MergedLabels:
        """The label map with the files' label values."""
        places = self._places.view(np.uint8)[: self._n_voxels]
        if values != list(range(1, len(values) + 1)):
            table = np.array([0, *values], np.uint8 if values[-1] <= 255 else np.uint16)
            labels: NDArray[np.generic] = table[places]
        else:
            labels = places
        return MergedLabels(
            volume=Volume(labels.reshape(self._grid.shape, order="F"), self._grid.affine.copy()),
            overlap_voxels=int(np.count_nonzero(self._contested.view(np.uint8))),
            labelled_voxels=int(np.count_nonzero(places)),
        )


def _nonzero_bytes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """0x01 in every nonzero byte, 0x00 in the others."""
    low_bits = np.uint64(0x7F7F7F7F7F7F7F7F)
    return ((((words & low_bits) + low_bits) | words) >> np.uint64(7)) & _ONES


def _claim_file(merged: _Words, place: int, path: Path) -> bool:
    if path.name.lower().endswith((".nii", ".nii.gz")):
        with open_nifti(path) as (header, stream):
            if header.dtype == np.uint8 and (header.slope, header.inter) == (1.0, 0.0):
                blocks = _stream_blocks(stream, header.data_bytes)
                return merged.claim(place, path.name, _Grid(header.shape, header.affine), blocks)
    volume = read_any(path)
    return merged.claim(place, path.name, _Grid(volume.data.shape, volume.affine), _volume_blocks(volume))


def _stream_blocks(stream: Readable, n_bytes: int) -> Iterator[bytes]:
    for start in range(0, n_bytes, _BLOCK):
        wanted = min(_BLOCK, n_bytes - start)
        block = stream.read(wanted)
        if len(block) < wanted:
            got = start + len(block)
            raise CaseError(f"found {got} bytes of data, too short for the {n_bytes} that the header claims")
        yield block
    check_end(stream, n_bytes)


def _volume_blocks(volume: Volume) -> Iterator[bytes]:
    flat = volume.data.reshape(-1, order="F")
    for start in range(0, flat.size, _BLOCK):
        part = flat[start : start + _BLOCK]
        odd = part[(part != 0) & (part != 1)]
        if odd.size:
            raise _odd_value(odd[0])
        yield part.astype(np.uint8).tobytes()


def _odd_value(value: np.generic) -> CaseError:
    return CaseError(f"a class file has the value {exact_text(value)}; expected only 0 and 1")
