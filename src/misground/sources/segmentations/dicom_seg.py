"""DICOM segmentations, read by highdicom: binary, fractional (with a threshold), and label maps.

A voxel of a fractional segment belongs to it from half of the largest value on. Source: DICOM PS3.3, section
A.51 (segmentation) and C.8.20 (its modules).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Structure
from misground.errors import CaseError, UsageError
from misground.records import Volume
from misground.sources.named import Label
from misground.sources.segmentations.dicom_items import code, first, quiet, read_header
from misground.volumes.files import MAX_VOXELS
from misground.volumes.geometry import LPS_TO_RAS

try:
    import highdicom
except ImportError as error:
    raise UsageError(
        "highdicom is not installed, and DICOM segmentations need it: pip install 'misground[segmentations]'"
    ) from error

THRESHOLD: Final = 0.5
"""Part of the largest value from which a fractional voxel counts."""
_FRACTIONAL: Final = "FRACTIONAL"
_TAGS: Final = ("SegmentSequence", "Rows", "Columns", "NumberOfFrames", "SegmentationType")


def read_labels(path: Path) -> tuple[Label, ...]:
    """The segments of a file as labels, numbered by their segment number. Raises CaseError."""
    header = read_header(path, _TAGS)
    return tuple(
        _label(item) for item in header.get("SegmentSequence", []) if int(item.get("SegmentNumber", 0))
    )


def read_layers(
    path: Path, structures: Mapping[int, Structure]
) -> Iterator[tuple[Volume, Mapping[int, int]]]:
    """The segments that are used, each as a volume of its own.

    Args:
        path: the file.
        structures: segment number -> structure; other segments are not read.

    Raises:
        CaseError: the file is unusable or claims too many voxels.
    """
    header = read_header(path, _TAGS)
    size = int(header.get("Rows", 0)) * int(header.get("Columns", 0)) * int(header.get("NumberOfFrames", 0))
    if size > 16 * MAX_VOXELS:  # each segment has its own frames
        raise CaseError(
            f"{path.name!r} claims {size} voxels in its frames; expected at most {16 * MAX_VOXELS}"
        )
    try:
        with quiet():
            file = highdicom.seg.segread(path)
            whole = None if header.get("SegmentationType") == _FRACTIONAL else _combined(file, structures)
        if whole is not None:
            yield whole, {number: number for number in structures}
            return
        for number in sorted(structures):
            with quiet():
                volume = file.get_volume(segment_numbers=[number], combine_segments=False)
            data = np.asarray(volume.array)[..., 0]
            if header.get("SegmentationType") == _FRACTIONAL:
                data = data >= THRESHOLD
            yield Volume((data != 0).astype(np.uint8), _affine(volume)), {1: number}
    except (
        AttributeError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        text = " ".join(str(error).split())[:160]
        raise CaseError(f"{path.name!r} cannot be read as a DICOM segmentation ({text})") from error


def _combined(file: Any, structures: Mapping[int, Structure]) -> Volume | None:
    """The segments in one volume with their numbers as values; None if they overlap."""
    try:
        volume = file.get_volume(segment_numbers=sorted(structures), combine_segments=True)
    except RuntimeError:  # highdicom's word for an overlap
        return None
    return Volume(np.asarray(volume.array), _affine(volume))


def _affine(volume: Any) -> NDArray[np.float64]:
    """The affine to RAS+ mm; highdicom's maps (slice, row, column) to LPS+ mm."""
    return LPS_TO_RAS @ np.asarray(volume.affine, np.float64)


def _label(item: Any) -> Label:
    modifiers = first(item, "SegmentedPropertyTypeCodeSequence")
    category = code(item, "SegmentedPropertyCategoryCodeSequence")
    laterality = (
        code(modifiers, "SegmentedPropertyTypeModifierCodeSequence") if modifiers is not None else None
    )
    return Label(
        name=str(item.get("SegmentLabel", "")),
        values=(int(item.SegmentNumber),),
        code=code(item, "SegmentedPropertyTypeCodeSequence"),
        laterality=laterality[1] if laterality else None,
        category=category[1] if category else None,
    )
