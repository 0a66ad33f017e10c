"""A 3D Slicer segmentation (.seg.nrrd) with its segments, in one volume or in layers that may overlap.

Source: slicer.readthedocs.io, developer guide, "Segmentation labelmap file format (.seg.nrrd)". A file with
four axes has a list of layers along the axis without a direction in space. A file of a single voxel has no
data.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.data_file import named_data_file
from misground.volumes.files import MAX_VOXELS, TooShortError, check_length, naming, read_array
from misground.volumes.nrrd import is_compressed, nrrd_affine, nrrd_dtype, open_data, read_nrrd
from misground.volumes.segments import Segment, parse_segments
from misground.volumes.text_header import TextHeader, read_nrrd_header

MOST_LAYERS: Final = 1_000
_NO_DIRECTION: Final = "none"


@dataclass(frozen=True)
class SegmentationFile:
    """The header of a segmentation.

    Attributes:
        path: the file.
        segments: its segments.
        list_axis: the axis of its layers; None if it is one volume.
        header: the fields of one volume, without the axis of layers.
        sizes: the lengths of all axes.
    """

    path: Path
    segments: tuple[Segment, ...]
    list_axis: int | None
    header: TextHeader
    sizes: tuple[int, ...]


def open_segmentation(path: Path) -> SegmentationFile:
    """Read the header of a .seg.nrrd file.

    Raises:
        CaseError: with the file's name: not NRRD, other axes than three in space and at most one list, or
            segments that contradict each other or lie in no layer.
    """
    with naming(path):
        header = read_nrrd_header(path)
        sizes = header.numbers("sizes", int)
        segments = parse_segments(header.pairs)
        if math.prod(sizes) == 1:
            raise CaseError("the segmentation is empty: it has a single voxel")
        if len(sizes) == 3:
            found = SegmentationFile(path, segments, None, header, sizes)
        else:
            found = _layered(path, header, sizes, segments)
        layers = 1 if found.list_axis is None else sizes[found.list_axis]
        lost = next((segment for segment in segments if segment.layer >= layers), None)
        if lost is not None and not (layers == 1 and len(segments) == 1):
            raise CaseError(
                f"the segment {lost.name[:60]!r} lies in layer {lost.layer}; expected 0 to {layers - 1}"
            )
        return found


def read_layers(file: SegmentationFile) -> Iterator[tuple[int, Volume]]:
    """The layers of a segmentation with their numbers. Raises CaseError as `read_volume`."""
    if file.list_axis is None:
        with naming(file.path):
            volume = read_nrrd(file.path)
        yield 0, volume
        return
    with naming(file.path):
        affine, dtype = nrrd_affine(file.header), nrrd_dtype(file.header)
        n_bytes = math.prod(file.sizes) * dtype.itemsize
        compressed = is_compressed(file.header)
        name = file.header.fields.get("data file")
        data_path, start = (
            (file.path, file.header.end) if name is None else (named_data_file(file.path, name), 0)
        )
        check_length(data_path, n_bytes if compressed else start + n_bytes, compressed=compressed)
        layers = file.sizes[file.list_axis]
        before = math.prod(file.sizes[: file.list_axis])
        after = math.prod(file.sizes[file.list_axis + 1 :])
        with open_data(file.header, data_path, start, n_bytes, compressed) as stream:
            try:
                data = read_array(stream, (before, layers, after), dtype)
            except TooShortError as error:
                raise CaseError("the data is shorter than the header claims; copy the file again") from error
    shape = tuple(n for axis, n in enumerate(file.sizes) if axis != file.list_axis)
    for layer in range(layers):
        yield layer, Volume(data[:, layer, :].reshape(shape, order="F"), affine)


def _layered(
    path: Path, header: TextHeader, sizes: tuple[int, ...], segments: tuple[Segment, ...]
) -> SegmentationFile:
    directions = header.fields.get("space directions", "").split(_NO_DIRECTION)
    words = header.fields.get("space directions", "").replace(")", ") ").split()
    # "none" stands alone; a vector may contain blanks, so vectors are counted by their closing brackets.
    axis = (
        sum(")" in word for word in words[: words.index(_NO_DIRECTION)]) if _NO_DIRECTION in words else None
    )
    if len(sizes) != 4 or len(directions) != 2 or axis is None:
        raise CaseError(f"found {len(sizes)} axes; expected three in space, and at most one list of layers")
    if not 1 <= sizes[axis] <= MOST_LAYERS:
        raise CaseError(f"found {sizes[axis]} layers; expected 1 to {MOST_LAYERS}")
    shape = sizes[:axis] + sizes[axis + 1 :]
    if min(shape) < 1 or math.prod(sizes) > MAX_VOXELS:
        raise CaseError(
            f"the header claims {' x '.join(map(str, sizes))} voxels; expected at most {MAX_VOXELS}"
        )
    fields = dict(header.fields)
    fields["space directions"] = " ".join(part.strip() for part in directions).strip()
    return SegmentationFile(path, segments, axis, replace(header, fields=fields), sizes)
