"""One entry point for all file formats."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.dicom_files import is_dicom
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


def read_volume(path: Path, *, max_voxels: int = MAX_VOXELS, series: str = "") -> Volume:
    """Read a volume in the file's axis order, with its affine to RAS+ coordinates in mm.

    The format follows from the name's ending: NIfTI (.nii, .nii.gz, .hdr/.img), NRRD (.nrrd, .nhdr),
    MetaImage (.mhd, .mha); a folder is a DICOM series, and any other file that begins like DICOM is a
    multi-frame file. The data is in memory once, first axis fastest.

    Args:
        path: the file or folder.
        max_voxels: the largest number of voxels to read.
        series: for a folder with several DICOM series, the one to read, see `dicom_series.find_series`.

    Raises:
        CaseError: in one line with the file's name: missing, unreadable, empty, truncated or corrupt; not
            3-D; an affine that is missing, unusable or contradictory; voxels that are not real numbers; or a
            header that claims more than `max_voxels` or more than the file contains, detected before
            allocation.
    """
    with naming(path):
        return read_any(path, max_voxels, series)


def read_any(path: Path, max_voxels: int = MAX_VOXELS, series: str = "") -> Volume:
    """`read_volume` without the file's name in its errors, which may be OSError, EOFError and others."""
    if path.is_dir():
        from misground.volumes.dicom import read_dicom_series

        return read_dicom_series(path, max_voxels, series)
    if not path.is_file():
        path.stat()  # raises the system's error for a missing file
        raise CaseError("neither a file nor a folder")
    reader = next((r for end, r in _READERS.items() if path.name.lower().endswith(end)), None)
    if reader is None and is_dicom(path):
        from misground.volumes.dicom import read_dicom_file

        return read_dicom_file(path, max_voxels)
    if reader is None:
        raise CaseError(f"unknown format; expected {', '.join(_READERS)}, or a folder of DICOM slices")
    return reader(path, max_voxels)
