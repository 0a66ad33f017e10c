"""One door for all file formats."""

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
    """Read a volume, in the file's axis order, with its affine to RAS+ millimetres.

    By the name's ending: NIfTI (.nii, .nii.gz, .hdr/.img), NRRD (.nrrd, .nhdr), MetaImage (.mhd, .mha); a
    folder is a DICOM series. The data is in memory once, first axis fastest.

    CaseError, in one line with the file's name: missing, unreadable, empty, cut off or corrupt; other than
    3-D; an affine that is missing, unusable or contradicts itself; voxels that are no real numbers; a header
    that claims more than `max_voxels`, or other than the file can hold, found before that is allocated.
    """
    with naming(path):
        return read_any(path, max_voxels)


def read_any(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """`read_volume` without the file's name in what it raises, which may be OSError, EOFError and others."""
    if path.is_dir():
        return read_dicom_series(path, max_voxels)
    if not path.is_file():
        path.stat()  # raises what the system says of a missing file
        raise CaseError("neither a file nor a folder")
    reader = next((r for end, r in _READERS.items() if path.name.lower().endswith(end)), None)
    if reader is None:
        raise CaseError(f"an unknown format; expected {', '.join(_READERS)}, or a folder of DICOM slices")
    return reader(path, max_voxels)
