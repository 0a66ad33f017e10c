"""What a file is: a segmentation of one of the known kinds, a scan, or neither. No voxel is read."""

from pathlib import Path
from typing import Final, Literal

from misground.errors import CaseError
from misground.records import Modality
from misground.sources.files import volume_stem
from misground.volumes import read_label_names

Kind = Literal["slicer", "bids", "nifti", "dicom-seg", "rtstruct", "scan", "slice"]
"""slice: a DICOM image, which is a part of the scan that its folder is."""
_SLICER: Final = (".seg.nrrd", ".seg.nhdr")
_DSEG: Final = "_dseg"
# Media storage SOP classes. Source: DICOM PS3.4, table B.5-1.
_SEG: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_RTSTRUCT: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_IMAGES: Final[dict[str, Modality]] = {
    "1.2.840.10008.5.1.4.1.1.2": "ct",
    "1.2.840.10008.5.1.4.1.1.2.1": "ct",
    "1.2.840.10008.5.1.4.1.1.4": "mri",
    "1.2.840.10008.5.1.4.1.1.4.1": "mri",
}
_PREAMBLE: Final = 128
_META: Final = 2048
_CLASS_TAG: Final = b"\x02\x00\x02\x00UI"
_OTHER_SUFFIXES: Final = frozenset(
    {".json", ".csv", ".tsv", ".txt", ".md", ".png", ".jpg", ".jpeg", ".pdf", ".xml", ".zip", ".gz", ".raw"}
)


def kind_of(path: Path) -> tuple[Kind | None, Modality | None]:
    """What a file is, and the modality of a DICOM image.

    Raises:
        CaseError: its header names labels in a way that cannot be read.
    """
    name = path.name.lower()
    if name.endswith(_SLICER):
        return "slicer", None
    stem = volume_stem(name)
    if stem is not None and name.endswith((".nii", ".nii.gz")):
        if stem.endswith(_DSEG):
            return "bids", None
        return ("nifti" if read_label_names(path) else "scan"), None
    if stem is not None:
        return ("slicer" if name.endswith(".nrrd") and _names_segments(path) else "scan"), None
    if path.suffix.lower() in _OTHER_SUFFIXES:
        return None, None
    return _dicom_kind(path)


def _names_segments(path: Path) -> bool:
    try:
        return bool(read_label_names(path))
    except CaseError:
        return False  # an ordinary NRRD file that its own reader refuses


def _dicom_kind(path: Path) -> tuple[Kind | None, Modality | None]:
    uid = sop_class(path)
    if uid in _SEG:
        return "dicom-seg", None
    if uid == _RTSTRUCT:
        return "rtstruct", None
    return ("slice", _IMAGES[uid]) if uid in _IMAGES else (None, None)


def sop_class(path: Path) -> str | None:
    """The SOP class in the file meta information of a DICOM file; None if it is none.

    The meta information is always explicit little endian. Source: DICOM PS3.10, section 7.1.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_META)
    except OSError:
        return None
    if head[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        return None
    start = head.find(_CLASS_TAG)
    if start < 0:
        return None
    length = int.from_bytes(head[start + 6 : start + 8], "little")
    return head[start + 8 : start + 8 + length].rstrip(b"\0 ").decode("ascii", "replace")
