"""What a file is: a segmentation of one of the known kinds, a scan, or neither. No voxel is read."""

from pathlib import Path
from typing import Final, Literal

from misground.errors import CaseError
from misground.records import Modality
from misground.sources.files import volume_stem
from misground.sources.segmentations.dicom_items import sop_class
from misground.volumes import is_dicom, read_label_names

Kind = Literal["slicer", "bids", "nifti", "dicom-seg", "rtstruct", "scan", "slice"]
"""slice: a DICOM image, which is a part of the scan that its folder is."""
_SLICER: Final = (".seg.nrrd", ".seg.nhdr")
_DSEG: Final = "_dseg"
# SOP classes. Source: DICOM PS3.4, table B.5-1.
_SEG: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_RTSTRUCT: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_IMAGES: Final[dict[str, Modality]] = {
    "1.2.840.10008.5.1.4.1.1.2": "ct",
    "1.2.840.10008.5.1.4.1.1.2.1": "ct",
    "1.2.840.10008.5.1.4.1.1.4": "mri",
    "1.2.840.10008.5.1.4.1.1.4.1": "mri",
}
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
    uid = sop_class(path) if is_dicom(path) else ""
    if uid in _SEG:
        return "dicom-seg", None
    if uid == _RTSTRUCT:
        return "rtstruct", None
    return ("slice", _IMAGES[uid]) if uid in _IMAGES else (None, None)
