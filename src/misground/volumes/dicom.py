"""Reading a folder with one DICOM series of parallel slices.

Pixels come from SimpleITK. The geometry comes from each slice's own position (Image Position (Patient)),
because ITK orthogonalises the axes of a scan with a tilted gantry and spaces a series with a missing slice
evenly, and both displace anatomy. Source: DICOM PS3.3 C.7.6.2.1.1, C.7.6.3.1.1.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.files import MAX_VOXELS, check_voxels
from misground.volumes.geometry import GRID_TOLERANCE, LPS_TO_RAS, check_affine, make_affine, voxel_sides
from misground.volumes.itk import itk_errors, simpleitk
from misground.volumes.memory import memory_at_most

_POSITION: Final = "0020|0032"
_ORIENTATION: Final = "0020|0037"
_PIXEL_SPACING: Final = "0028|0030"
_TRANSFER_SYNTAX: Final = "0002|0010"
_BITS: Final = "0028|0100"
_SAME_DIRECTION: Final = 1e-4
# Transfer syntaxes without compression (PS3.5 A.1 to A.3), and the most that a codec packs into one byte.
_NATIVE: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"})
_MAX_EXPANSION: Final = 4096
# Memory for the headers of a series, where an element may claim 4 GB; and for a voxel, a double and its copy.
_HEADER_BYTES: Final = 256 << 20
_VOXEL_BYTES: Final = 16


def read_dicom_series(folder: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """The series as a volume (columns, rows, slices). Raises CaseError if it cannot be used."""
    sitk = simpleitk()
    with itk_errors("a DICOM series"):
        with memory_at_most(_HEADER_BYTES):
            names = _series_files(sitk, folder)
            headers = [_slice_header(sitk, name) for name in names]
        if len({size for _, size in headers}) != 1:
            raise CaseError("its slices have different sizes; expected equal sizes")
        columns, rows = headers[0][1]
        check_voxels((columns, rows, len(names)), max_voxels)
        affine = _affine([fields for fields, _ in headers])
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(names)
        with memory_at_most(_HEADER_BYTES + _VOXEL_BYTES * columns * rows * len(names)):
            image = reader.Execute()
        if (
            tuple(image.GetSize()) != (columns, rows, len(names))
            or image.GetNumberOfComponentsPerPixel() != 1
        ):
            raise CaseError("some of its slices cannot be read; copy the folder again")
    return Volume(sitk.GetArrayFromImage(image).T, affine)


def _series_files(sitk: ModuleType, folder: Path) -> tuple[str, ...]:
    """The slices' files in spatial order."""
    for path in folder.iterdir():
        if not path.is_file() and not path.is_dir() and path.exists():
            raise CaseError(f"{path.name!r} in it is neither a file nor a folder")  # GDCM would wait for it
    series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if not series:
        raise CaseError("the folder contains no DICOM series")
    if len(series) > 1:
        raise CaseError(
            f"the folder contains {len(series)} DICOM series; expected one: put each into its own folder"
        )
    names: tuple[str, ...] = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), series[0])
    left = sorted(_dicom_files(folder) - {Path(name).name for name in names})
    # GDCM skips what it cannot read, so a damaged last slice would shorten the scan unnoticed.
    if left:
        raise CaseError(f"{len(left)} DICOM files do not belong to its series, such as {left[0]!r}")
    if len(names) < 2:
        raise CaseError("its series has one file; expected one file per slice, and at least two")
    return names


def _dicom_files(folder: Path) -> set[str]:
    found = set()
    for path in folder.iterdir():
        if path.is_file() and path.name != "DICOMDIR":
            with path.open("rb") as stream:
                if stream.read(132)[128:] == b"DICM":
                    found.add(path.name)
    return found


def _slice_header(sitk: ModuleType, name: str) -> tuple[dict[str, NDArray[np.float64]], tuple[int, int]]:
    """Position, orientation and pixel spacing of a slice, and its (columns, rows)."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(name)
    reader.SetImageIO("GDCMImageIO")
    reader.ReadImageInformation()
    file = Path(name).name
    size = reader.GetSize()
    if len(size) > 3 or any(n != 1 for n in size[2:]):
        raise CaseError(f"{file!r} has several frames; expected one file per slice")
    if reader.GetNumberOfComponents() != 1:
        raise CaseError(f"{file!r} is in colour; expected one value per pixel")
    _check_size(Path(name), reader, size[0] * size[1])
    fields = {}
    for key, what, count in (
        (_POSITION, "position", 3),
        (_ORIENTATION, "orientation", 6),
        (_PIXEL_SPACING, "pixel spacing", 2),
    ):
        text = reader.GetMetaData(key) if reader.HasMetaDataKey(key) else ""
        try:
            fields[key] = np.array([float(word) for word in text.split("\\")])
        except ValueError:
            fields[key] = np.zeros(0)
        if len(fields[key]) != count or not np.isfinite(fields[key]).all():
            raise CaseError(f"{file!r} has no valid {what}, so its position in the patient is unknown")
    return fields, (int(size[0]), int(size[1]))


def _check_size(path: Path, reader: Any, pixels: int) -> None:
    """Raise CaseError if a file is too short for the pixels that its header claims, before they are read."""
    syntax, bits = (
        reader.GetMetaData(key).strip(" \0") if reader.HasMetaDataKey(key) else ""
        for key in (_TRANSFER_SYNTAX, _BITS)
    )
    claimed = pixels * (int(bits) if bits.isascii() and bits.isdigit() else 8) // 8
    size = path.stat().st_size
    if claimed > size * (1 if syntax in _NATIVE else _MAX_EXPANSION):
        raise CaseError(
            f"{path.name!r} has {size} bytes, too short for the {claimed} bytes of pixels that it claims"
        )


def _affine(slices: Sequence[dict[str, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """The affine from the first to the last slice; checks that all slices between them are evenly spaced."""
    for key, what in ((_ORIENTATION, "orientations"), (_PIXEL_SPACING, "pixel spacings")):
        if max(np.abs(s[key] - slices[0][key]).max() for s in slices) > _SAME_DIRECTION:
            raise CaseError(f"its slices have different {what}; expected parallel slices on one grid")
    positions = np.array([s[_POSITION] for s in slices])
    step = (positions[-1] - positions[0]) / (len(slices) - 1)
    row_spacing, column_spacing = slices[0][_PIXEL_SPACING]
    along_row, along_column = slices[0][_ORIENTATION].reshape(2, 3)
    columns = np.column_stack([along_row * column_spacing, along_column * row_spacing, step])
    affine: NDArray[np.float64] = LPS_TO_RAS @ make_affine(columns, positions[0])
    check_affine(affine)
    off = np.sqrt(
        ((positions - positions[0] - np.outer(np.arange(len(slices)), step)) ** 2).sum(axis=1)
    ).max()
    limit = GRID_TOLERANCE * voxel_sides(affine).min()
    if off > limit:
        raise CaseError(
            f"a slice is {off:.3g} mm away from even spacing; expected at most {limit:.3g} mm "
            "(slices are missing or repeated)"
        )
    return affine
