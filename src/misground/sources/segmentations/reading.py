"""Reading a scan and its segmentation: every segment goes to the scan's grid, in one label map."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Structure
from misground.errors import CaseError
from misground.records import KneeSide, RawCase, Region, Volume
from misground.sources.named.knee import knee_side
from misground.sources.segmentations.kinds import Kind
from misground.volumes import has_series, read_volume
from misground.volumes.layout import map_elements
from misground.volumes.placing import place_labels
from misground.volumes.relabel import count_values
from misground.volumes.segmentation_file import open_segmentation, read_layers

Layer = tuple[Volume, Mapping[int, int]]
"""A label map, and which number of a label each of its values stands for."""
_MOST_VALUES: Final = 1 << 16
_SHOWN: Final = 10


@dataclass(frozen=True)
class SegmentedFiles:
    """What is known about a case before its voxels are read.

    Attributes:
        scan: the scan.
        path: the segmentation.
        kind: what it is.
        structures: number of a label -> structure.
        ignored: numbers of labels without a structure.
        region: torso or knee.
        side: the knee's side by an option or a name; None if unknown.
        nearest: whether labels may be resampled.
        series: UID of the DICOM series that was segmented, which counts if the scan's folder has it; "" if
            unknown.
    """

    scan: Path
    path: Path
    kind: Kind
    structures: Mapping[int, Structure]
    ignored: frozenset[int]
    region: Region
    side: KneeSide | None
    nearest: bool
    series: str = ""


def read_segmented(files: SegmentedFiles) -> RawCase:
    """Read a case.

    Where segments of different structures overlap, the first in the file has the voxel, and the overlap is
    counted. Segments without a structure are background.

    Raises:
        CaseError: a file is unusable, a value has no name, the segmentation cannot be placed on the scan's
            grid, or the side of a knee is not known.
    """
    scan = _scan(files)
    known = files.structures.keys() | files.ignored
    merged: NDArray[np.uint16] | None = None
    overlap = 0
    for volume, values in _layers(files, scan):
        numbered = _numbered(volume, values, files, known)
        placed = place_labels(numbered, scan, nearest=files.nearest).data
        if merged is None:
            merged = np.array(placed, np.uint16, order="K")
            continue
        shared = (placed != 0) & (merged != 0)
        if shared.any():
            overlap += _differing(merged[shared], placed[shared], files.structures)
        np.copyto(merged, placed, where=merged == 0, casting="same_kind")
    if merged is None:
        raise CaseError(f"{files.path.name!r} has no segment that is used; expected at least one structure")
    labels = Volume(merged, scan.affine)
    raw = RawCase(scan, labels, files.structures, frozenset(), overlap)
    if files.region == "torso":
        return raw
    side = files.side or knee_side(labels, files.structures)
    if side is None:
        raise CaseError(
            "the knee's side is unknown: expected right or left in a name, a fibula, or side=right or "
            "side=left"
        )
    return RawCase(scan, labels, files.structures, frozenset(), overlap, side=side)


def _scan(files: SegmentedFiles) -> Volume:
    """The scan; of a DICOM folder with several series, the one that was segmented."""
    if files.series and files.scan.is_dir() and has_series(files.scan, files.series):
        return read_volume(files.scan, series=files.series)
    return read_volume(files.scan)


def _layers(files: SegmentedFiles, scan: Volume) -> Iterator[Layer]:
    if files.kind == "slicer":
        yield from _slicer_layers(files)
    elif files.kind in ("bids", "nifti"):
        values = {number: number for number in files.structures.keys() | files.ignored}
        yield read_volume(files.path), values
    elif files.kind == "dicom-seg":
        from misground.sources.segmentations import dicom_seg  # noqa: PLC0415  # an extra

        yield from dicom_seg.read_layers(files.path, files.structures)
    else:
        from misground.sources.segmentations import rtstruct  # noqa: PLC0415  # an extra

        yield from rtstruct.read_layers(files.path, files.structures, scan)


def _slicer_layers(files: SegmentedFiles) -> Iterator[Layer]:
    header = open_segmentation(files.path)
    single = header.list_axis is None
    for layer, volume in read_layers(header):
        yield (
            volume,
            {
                segment.value: number
                for number, segment in enumerate(header.segments, 1)
                if single or segment.layer == layer
            },
        )


def _numbered(
    volume: Volume, values: Mapping[int, int], files: SegmentedFiles, known: frozenset[int] | set[int]
) -> Volume:
    """A layer with the numbers of labels instead of its values; those without a structure are 0."""
    lost = [value for value in count_values(volume.data) if value and values.get(value) not in known]
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise CaseError(
            f"{files.path.name!r} has the values {', '.join(map(str, lost[:_SHOWN]))}{more} without a name; "
            "expected a name for each"
        )
    table = np.zeros(_MOST_VALUES, np.uint16)
    for value, number in values.items():
        if 0 < value < _MOST_VALUES and number in files.structures:
            table[value] = number
    return Volume(
        map_elements(volume.data, lambda part: table[part.astype(np.intp)], np.uint16), volume.affine
    )


def _differing(
    first: NDArray[np.generic], second: NDArray[np.generic], structures: Mapping[int, Structure]
) -> int:
    """How many voxels (N,) two label maps give to different structures; parts of one may overlap."""
    keys = {structure.key: i for i, structure in enumerate(structures.values(), 1)}
    table = np.zeros(max(structures, default=0) + 1, np.uint16)
    for number, structure in structures.items():
        table[number] = keys[structure.key]
    return int(np.count_nonzero(table[first.astype(np.intp)] != table[second.astype(np.intp)]))
