"""Reading a folder with one DICOM series of parallel slices, or an enhanced multi-frame file.

The geometry comes from each slice's own position (Image Position (Patient)), never from slice thickness or
numbers: a tilted gantry stays a shear, and a missing slice is found. The voxels are what pydicom gives for
each slice, with that slice's own slope, intercept, sign and bits. Source: DICOM PS3.3 C.7.6.2.1.1.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.dicom_frames import Frame, frames_of, read_dicom_header
from misground.volumes.dicom_pixels import read_pixels
from misground.volumes.dicom_series import SAME_DIRECTION, Series, find_series
from misground.volumes.files import MAX_VOXELS, check_voxels
from misground.volumes.geometry import (
    GRID_TOLERANCE,
    LPS_TO_RAS,
    UNIT_TOLERANCE,
    check_affine,
    make_affine,
    voxel_sides,
)
from misground.volumes.memory import memory_at_most

# Slices nearer than this are at one position.
_SAME_PLACE_MM: Final = 0.01
# A gap is a missing slice's if it is a whole number of steps, within this fraction of a step.
_WHOLE_STEP: Final = 0.1
# Memory for the headers of a series, where an element may claim 4 GB; and for a voxel, a double and its copy.
_HEADER_BYTES: Final = 256 << 20
_VOXEL_BYTES: Final = 16


def read_dicom_series(folder: Path, max_voxels: int = MAX_VOXELS, series: str = "") -> Volume:
    """The series in a folder as a volume (columns, rows, slices).

    Args:
        folder: the folder.
        max_voxels: the largest number of voxels to read.
        series: which series to read if the folder has several, see `find_series`.

    Raises:
        CaseError: it cannot be used.
    """
    with memory_at_most(_HEADER_BYTES):
        found = find_series(folder, series)
    return _volume(found, max_voxels)


def read_dicom_file(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """An enhanced multi-frame file as a volume (columns, rows, frames). Raises CaseError for other files."""
    with memory_at_most(_HEADER_BYTES):
        file = read_dicom_header(path)
        if not file.image:
            raise CaseError(f"found a DICOM object that is no scan ({file.kind}); expected a scan")
        frames = frames_of(file)
    if len(frames) < 2:
        raise CaseError("found one DICOM slice; expected the folder that contains its series")
    return _volume(Series(tuple(frames), ""), max_voxels)


def _volume(series: Series, max_voxels: int) -> Volume:
    if len({frame.size for frame in series.frames}) != 1:
        raise CaseError("its slices have different sizes; expected equal sizes")
    columns, rows = series.frames[0].size
    check_voxels((columns, rows, len(series.frames)), max_voxels)
    frames, places, affine = _stacked(series.frames)
    slices = places[-1] + 1
    with memory_at_most(_HEADER_BYTES + _VOXEL_BYTES * columns * rows * len(frames)):
        data = read_pixels(frames, places, slices)
    notes = (f"left out of the DICOM folder: {series.left_out}",) if series.left_out else ()
    return Volume(data, affine, notes)


def _stacked(frames: Sequence[Frame]) -> tuple[list[Frame], list[int], NDArray[np.float64]]:
    """The frames in spatial order, the slice of each (from 0), and the affine of the slices.

    Raises:
        CaseError: the frames are not parallel, or not evenly spaced.
    """
    for key, what in (("orientation", "orientations"), ("spacing", "pixel spacings")):
        values = np.array([getattr(frame, key) for frame in frames])
        if np.abs(values - values[0]).max() > SAME_DIRECTION:
            raise CaseError(f"its slices have different {what}; expected parallel slices on one grid")
    along_row, along_column = frames[0].orientation.reshape(2, 3)
    lengths = np.sqrt((frames[0].orientation.reshape(2, 3) ** 2).sum(axis=1))
    if (np.abs(lengths - 1) > UNIT_TOLERANCE).any() or abs(float(along_row @ along_column)) > UNIT_TOLERANCE:
        raise CaseError("the orientation of its slices is not two directions at a right angle")
    normal = np.cross(along_row, along_column)
    heights = [float(frame.position @ normal) for frame in frames]
    order = sorted(range(len(frames)), key=lambda i: (heights[i], frames[i].path.name, frames[i].index))
    ordered = [frames[i] for i in order]
    places, positions = [0], [ordered[0].position]
    for frame in ordered[1:]:
        if np.abs(frame.position - positions[-1]).max() > _SAME_PLACE_MM:
            positions.append(frame.position)
        places.append(len(positions) - 1)
    if len(positions) < 2:
        raise CaseError("its slices are all at one position; expected a position of its own for each")
    row_spacing, column_spacing = frames[0].spacing
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    columns = np.column_stack([along_row * column_spacing, along_column * row_spacing, step])
    affine: NDArray[np.float64] = LPS_TO_RAS @ make_affine(columns, positions[0])
    check_affine(affine)
    _check_even(np.array(positions), step, normal, GRID_TOLERANCE * float(voxel_sides(affine).min()))
    return ordered, places, affine


def _check_even(
    positions: NDArray[np.float64], step: NDArray[np.float64], normal: NDArray[np.float64], limit: float
) -> None:
    """Raise CaseError unless positions (N, 3) follow each other by the same step, with what seems wrong."""
    even = positions[0] + np.outer(np.arange(len(positions)), step)
    off = float(np.sqrt(((positions - even) ** 2).sum(axis=1)).max())
    if off <= limit:
        return
    gaps = np.diff(positions @ normal)
    usual = float(gaps.min())
    steps = np.rint(gaps / usual) if usual > 0 else np.zeros(len(gaps))
    missing = int((steps - 1).clip(0).sum())
    whole = bool((np.abs(gaps - steps * usual) <= _WHOLE_STEP * usual).all()) and bool((steps >= 1).all())
    if missing and whole:
        number = "1 slice is" if missing == 1 else f"{missing} slices are"
        raise CaseError(
            f"{number} missing: neighbours are {gaps.max():.3g} mm apart, most others {usual:.3g} mm; "
            "expected every slice"
        )
    raise CaseError(
        f"a slice is {off:.3g} mm away from even spacing; expected at most {limit:.3g} mm "
        "(the series is not one stack, or its slices are of different thickness)"
    )
