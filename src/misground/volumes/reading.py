"""One entry point for all file formats."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.dicom import read_dicom_series
from misground.volumes.files import MAX_VOXELS, naming
from misground.volumes.metaimage import read_metaimage
from misground.volumes.nifti import read_nifti
from misground.volumes.nrrd import read_nrrd

_READERS: Final[dict[str, Callable[[Path, int], Volume]]] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
    ".hdr": read_nifti,
    ".img": read_nifti,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mhd": read_metaimage,
    ".mha": read_metaimage,
}


def read_volume(path: Path, *, max_voxels: int = MAX_VOXELS) -> Volume:
    """Read a volume in the file's axis order, with its affine to RAS+ coordinates in mm.

    The format follows from the name's ending: NIfTI (.nii, .nii.gz, .hdr/.img), NRRD (.nrrd, .nhdr),
    MetaImage (.mhd, .mha); a folder is a DICOM series. The data is in memory once, first axis fastest.

    Args:
        path: the file or folder.
        max_voxels: the largest number of voxels to read.

    Raises:
        CaseError: in one line with the file's name: missing, unreadable, empty, truncated or corrupt; not
            3-D; an affine that is missing, unusable or contradictory; voxels that are not real numbers; or a
            header that claims more than `max_voxels` or more than the file contains, detected before
            allocation.
    """
    with naming(path):
        return read_any(path, max_voxels)


def read_any(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """`read_volume` without the file's name in its errors, which may be OSError, EOFError and others."""
    if path.is_dir():
        return read_dicom_series(path, max_voxels)
    if not path.is_file():
        path.stat()  # raises the system's error for a missing file
        raise CaseError("neither a file nor a folder")
    reader = next((r for end, r in _READERS.items() if path.name.lower().endswith(end)), None)
    if reader is None:
        raise CaseError(f"unknown format; expected {', '.join(_READERS)}, or a folder of DICOM slices")
    return reader(path, max_voxels)
