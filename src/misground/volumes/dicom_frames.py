"""What the header of a DICOM file says about each of its frames: place, size, intensity scale, kind.

A single-frame file is one frame. In an enhanced multi-frame file, each frame has functional groups, and what
all share stands in the shared ones. Source: DICOM PS3.3 C.7.6.2.1.1, C.7.6.3.1.1, C.7.6.16, C.11.1.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray

from misground.errors import CaseError

_TAGS: Final = (
    "SOPClassUID", "SeriesInstanceUID", "ImageType", "ImagePositionPatient", "ImageOrientationPatient",
    "PixelSpacing", "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored",
    "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_SECONDARY: Final = f"{_STORAGE}7"
_SR: Final = tuple(_STORAGE + end for end in ("88.22", "88.33", "88.67", "88.68", "88.76"))
# Transfer syntaxes without compression (PS3.5 A.1 to A.3), and the most that a codec packs into one byte.
NATIVE: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"})
_MAX_EXPANSION: Final = 4096
_MAX_FRAMES: Final = 65_536


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a DICOM file.

    Attributes:
        path: the file.
        index: the frame in the file, from 0.
        size: (columns, rows).
        position: (3,) LPS+ mm of the first pixel's centre.
        orientation: (6,) direction cosines along a row, then along a column.
        spacing: (2,) mm between rows, and between columns.
        slope: a voxel's value is stored value x slope + intercept; for this frame alone.
        intercept: see `slope`.
        stored: the lowest and highest value that can be stored.
        lookup: whether a table replaces slope and intercept.
    """

    path: Path
    index: int
    size: tuple[int, int]
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    spacing: NDArray[np.float64]
    slope: float
    intercept: float
    stored: tuple[int, int]
    lookup: bool


@dataclass(frozen=True)
class DicomFile:
    """The frames of a file, or what else it is.

    Attributes:
        path: the file.
        series: its series' UID; "" if it has none.
        kind: what it is called where it is left out.
        image: whether it contains pictures that can be part of a scan.
        secondary: whether its pictures were captured from a screen.
        localizer: whether it calls itself a localizer.
        dataset: the parsed header.
    """

    path: Path
    series: str
    kind: str
    image: bool
    secondary: bool
    localizer: bool
    dataset: Any


@contextmanager
def quiet_pydicom(path: Path) -> Iterator[None]:
    """Turn pydicom's many errors about one file into a CaseError with its name, and drop its warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (CaseError, MemoryError):
        raise
    except Exception as error:  # pydicom raises whatever the values that it parses lead to
        raise CaseError(f"{path.name!r} cannot be read as DICOM: it is corrupt; copy it again") from error


def read_dicom_header(path: Path) -> DicomFile:
    """Parse a file's header, without its pixels. Raises CaseError if it is damaged."""
    with quiet_pydicom(path):
        dataset = _parsed(path)
        sop = str(dataset.get("SOPClassUID") or "")
        image = bool(dataset.get("Rows") and dataset.get("Columns")) and _may_be_image(sop)
        if not sop and not image:
            raise CaseError(f"{path.name!r} cannot be read as DICOM: it is corrupt; copy it again")
        localizer = "LOCALIZER" in [str(word).upper() for word in _words(dataset.get("ImageType"))]
        return DicomFile(
            path=path,
            series=str(dataset.get("SeriesInstanceUID") or ""),
            kind="localizer" if localizer else _kind(sop),
            image=image,
            secondary=sop.startswith(_SECONDARY) and sop[len(_SECONDARY) : len(_SECONDARY) + 1] in ("", "."),
            localizer=localizer,
            dataset=dataset,
        )


def _parsed(path: Path) -> Any:
    try:
        return pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
    except MemoryError as error:
        raise CaseError(
            f"{path.name!r} cannot be read as DICOM: its header claims more than the "
            f"{path.stat().st_size} bytes that the file has; copy it again"
        ) from error


def frames_of(file: DicomFile) -> list[Frame]:
    """The frames of an image file. Raises CaseError, with the file's name, if the header cannot be used."""
    with quiet_pydicom(file.path):
        dataset, name = file.dataset, file.path.name
        if int(dataset.get("SamplesPerPixel") or 1) != 1:
            raise CaseError(f"{name!r} is in colour; expected one value per pixel")
        count = int(dataset.get("NumberOfFrames") or 1)
        if not 1 <= count <= _MAX_FRAMES:
            raise CaseError(f"{name!r} claims {count} frames; expected 1 to {_MAX_FRAMES}")
        _check_size(file, count)
        shared = _first(dataset.get("SharedFunctionalGroupsSequence"))
        each = dataset.get("PerFrameFunctionalGroupsSequence") or []
        if count > 1 and len(each) != count:
            raise CaseError(
                f"{name!r} has {count} frames and places for {len(each)} of them; expected one for each frame"
            )
        return [_frame(file, index, [each[index] if each else None, shared]) for index in range(count)]


def _frame(file: DicomFile, index: int, groups: list[Any]) -> Frame:
    dataset = file.dataset

    def numbers(group: str, key: str, what: str, count: int) -> NDArray[np.float64]:
        found = _value(groups, group, key)
        words = _words(dataset.get(key) if found is None else found)
        try:
            values = np.array([float(word) for word in words])
        except (TypeError, ValueError):
            values = np.zeros(0)
        if len(values) != count or not np.isfinite(values).all():
            raise CaseError(
                f"{file.path.name!r} has no valid {what}, so its position in the patient is unknown"
            )
        return values

    slope, intercept = _scale(file, groups)
    return Frame(
        path=file.path,
        index=index,
        size=(int(dataset.Columns), int(dataset.Rows)),
        position=numbers("PlanePositionSequence", "ImagePositionPatient", "position", 3),
        orientation=numbers("PlaneOrientationSequence", "ImageOrientationPatient", "orientation", 6),
        spacing=numbers("PixelMeasuresSequence", "PixelSpacing", "pixel spacing", 2),
        slope=slope,
        intercept=intercept,
        stored=_stored_range(dataset),
        lookup=bool(dataset.get("ModalityLUTSequence")),
    )


def _scale(file: DicomFile, groups: list[Any]) -> tuple[float, float]:
    """The slope and intercept of one frame; 1 and 0 if it has none."""
    words = []
    for key in ("RescaleSlope", "RescaleIntercept"):
        found = _value(groups, "PixelValueTransformationSequence", key)
        words.append(file.dataset.get(key) if found is None else found)
    if all(word in (None, "") for word in words):
        return 1.0, 0.0
    try:
        slope, intercept = (float(word) for word in words)
    except (TypeError, ValueError):
        slope = intercept = float("nan")
    if not (np.isfinite(slope) and np.isfinite(intercept) and slope):
        raise CaseError(
            f"{file.path.name!r} has no valid Rescale Slope and Intercept; expected two numbers, or neither"
        )
    return slope, intercept


def _stored_range(dataset: Any) -> tuple[int, int]:
    """The lowest and highest value that the bits of a header can store."""
    bits = int(dataset.get("BitsStored") or dataset.get("BitsAllocated") or 16)
    bits = min(max(bits, 1), 64)
    if int(dataset.get("PixelRepresentation") or 0):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def _value(groups: list[Any], sequence: str, key: str) -> Any:
    """A value of the first functional group that has it."""
    for group in groups:
        item = _first(group.get(sequence)) if group is not None else None
        value = item.get(key) if item is not None else None
        if value is not None:
            return value
    return None


def _first(sequence: Any) -> Any:
    return sequence[0] if sequence else None


def _words(value: Any) -> list[Any]:
    if value is None or isinstance(value, str):
        return [value] if value else []
    return list(value) if hasattr(value, "__iter__") else [value]


def _check_size(file: DicomFile, count: int) -> None:
    """Raise CaseError if a file is too short for the pixels that its header claims, before they are read."""
    dataset = file.dataset
    meta = getattr(dataset, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID") or "") if meta is not None else ""
    bits = int(dataset.get("BitsAllocated") or 8)
    claimed = count * int(dataset.Rows) * int(dataset.Columns) * bits // 8
    size = file.path.stat().st_size
    if claimed > size * (1 if syntax in NATIVE or not syntax else _MAX_EXPANSION):
        raise CaseError(
            f"{file.path.name!r} has {size} bytes, too short for the {claimed} bytes of pixels that it claims"
        )


def _may_be_image(sop: str) -> bool:
    """Whether a storage class is one of images, or unknown; not of labels, contours, doses or reports."""
    uid = pydicom.uid.UID(sop)
    return "Image" in uid.name or uid.name == sop or uid.is_private


def _kind(sop: str) -> str:
    """What a storage class is called: its name in the standard, which no header can choose."""
    if sop in _SR:
        return "dose or other report"
    uid = pydicom.uid.UID(sop)
    name = str(uid.name) if sop else ""
    if not name or name == sop or uid.is_private:
        return "unknown object"
    return name.removesuffix(" Storage").removesuffix(" Image")
