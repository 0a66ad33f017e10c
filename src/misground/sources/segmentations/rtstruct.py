"""DICOM RT structure sets: contours, read by pydicom and filled by scikit-image.

A voxel belongs to a structure if its centre lies inside or on the contour of its slice. Contours of one
structure in one slice are combined by exclusive or, so that an inner one is a hole. Slices between contours
stay empty: nothing is interpolated. Source: DICOM PS3.3, sections C.8.8.5 and C.8.8.6.
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
from misground.sources.segmentations.dicom_items import code, read_header
from misground.volumes.geometry import LPS_TO_RAS

try:
    from skimage import measure
except ImportError as error:
    raise UsageError(
        "scikit-image is not installed, and RT structure sets need it: pip install 'misground[segmentations]'"
    ) from error

_CLOSED: Final = "CLOSED_PLANAR"
_FLAT: Final = 0.1
"""Voxels by which the points of a contour may differ across its slice."""
_OFF_SLICE: Final = 0.25
"""Voxels between a contour and the middle of its slice."""


def read_labels(path: Path) -> tuple[Label, ...]:
    """The structures of a set as labels, numbered by their ROI number. Raises CaseError."""
    header = read_header(path)
    codes = {
        int(item.get("ReferencedROINumber", 0)): code(item, "RTROIIdentificationCodeSequence")
        for item in header.get("RTROIObservationsSequence", [])
    }
    labels = []
    for place, item in enumerate(header.get("StructureSetROISequence", []), 1):
        coded = codes.get(int(item.get("ROINumber", 0)))
        labels.append(Label(str(item.get("ROIName", "")), (place,), code=coded))
    return tuple(labels)


def read_layers(
    path: Path, structures: Mapping[int, Structure], scan: Volume
) -> Iterator[tuple[Volume, Mapping[int, int]]]:
    """The structures that are used, each filled on the scan's grid.

    Args:
        path: the file.
        structures: place of a structure in the set, from 1 -> structure.
        scan: the scan, for its grid.

    Raises:
        CaseError: a contour is not closed and flat, or lies between or outside the scan's slices.
    """
    header = read_header(path)
    numbers = [int(item.get("ROINumber", 0)) for item in header.get("StructureSetROISequence", [])]
    contours = {
        int(item.get("ReferencedROINumber", 0)): item.get("ContourSequence", []) or []
        for item in header.get("ROIContourSequence", [])
    }
    to_index: NDArray[np.float64] = np.linalg.inv(scan.affine).astype(np.float64) @ LPS_TO_RAS
    for place in sorted(structures):
        mask = np.zeros(scan.data.shape, np.bool_, order="F")
        for contour in contours.get(numbers[place - 1], []):
            _fill(mask, contour, to_index, path)
        yield Volume(mask.astype(np.uint8), scan.affine), {1: place}


def _fill(mask: NDArray[np.bool_], contour: Any, to_index: NDArray[np.float64], path: Path) -> None:
    """Change the voxels inside a contour."""
    kind = str(contour.get("ContourGeometricType", ""))
    if kind != _CLOSED:
        if kind == "POINT":  # a mark, which has no inside
            return
        raise CaseError(f"{path.name!r} has a contour of type {kind[:40]!r}; expected {_CLOSED}")
    try:
        points = np.array([float(number) for number in contour.get("ContourData", [])]).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise CaseError(f"{path.name!r} has a contour that is no list of points; expected x, y, z") from error
    if len(points) < 3 or not np.isfinite(points).all():
        return
    index = points @ to_index[:3, :3].T + to_index[:3, 3]
    axis = int(np.ptp(index, axis=0).argmin())
    level = float(index[:, axis].mean())
    place = round(level)
    if np.ptp(index[:, axis]) > _FLAT or abs(level - place) > _OFF_SLICE:
        raise CaseError(
            f"{path.name!r} has a contour {abs(level - place):.2f} of a voxel from the nearest slice of the "
            f"scan, tilted by {np.ptp(index[:, axis]):.2f}; expected at most {_OFF_SLICE} and {_FLAT}"
        )
    if not 0 <= place < mask.shape[axis]:
        raise CaseError(
            f"{path.name!r} has a contour in slice {place}; the scan has 0 to {mask.shape[axis] - 1}"
        )
    fill: Any = measure.grid_points_in_poly  # it comes without types
    rest = [i for i in range(3) if i != axis]
    shape = [mask.shape[i] for i in rest]
    flat = index[:, rest]
    low = np.floor(flat.min(axis=0)).clip(0).astype(int)
    high = np.minimum(np.ceil(flat.max(axis=0)).astype(int) + 1, shape)
    if (high <= low).any():
        return
    inside = fill(tuple(int(n) for n in high - low), flat - low)
    part = [slice(None)] * 3
    part[axis] = place  # type: ignore[call-overload]
    for i, a, b in zip(rest, low, high, strict=True):
        part[i] = slice(int(a), int(b))
    mask[tuple(part)] ^= inside
