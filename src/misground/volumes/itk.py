"""SimpleITK for NRRD files and DICOM series: a quiet import, and errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.geometry import LPS_TO_RAS, check_affine, make_affine


def simpleitk() -> ModuleType:
    """The module with its terminal warnings turned off; imported late because that takes 0.2 s."""
    sitk = import_module("SimpleITK")
    sitk.ProcessObject_SetGlobalWarningDisplay(False)
    return sitk


@contextmanager
def itk_errors(what: str) -> Iterator[None]:
    """Turn ITK's errors, which are long and contain addresses and absolute paths, into one line."""
    try:
        yield
    except RuntimeError as error:
        text = str(error).lower()
        # Phrases that are unlikely to occur in a path, since the reason must not depend on the file's
        # location.
        known = {
            "zero-valued spacing is not supported": "a voxel side is zero",
            "bad direction, determinant is 0": "the affine is singular",
            "gzread: data read error": "the compressed data is truncated or corrupt; copy the file again",
            "bytes but received": "the data is shorter than the header claims; copy the file again",
            "failed to allocate memory": "not enough memory to read it",
        }
        reason = next(
            (reason for sign, reason in known.items() if sign in text),
            "it is corrupt or of an unknown variant",
        )
        raise CaseError(f"cannot be read as {what}: {reason}") from error


def read_itk(path: Path, shape: tuple[int, int, int]) -> Volume:
    """Read an image of real numbers with this shape by ITK, in the file's axis order."""
    sitk = simpleitk()
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    with itk_errors("NRRD"):
        reader.ReadImageInformation()
        found, numbers = tuple(reader.GetSize()), reader.GetNumberOfComponents()
        if found != shape or numbers != 1:
            size = " x ".join(map(str, found))
            raise CaseError(
                f"ITK finds {size} voxels of {numbers} values; expected a 3-D volume of one value per voxel"
            )
        image = reader.Execute()
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine: NDArray[np.float64] = LPS_TO_RAS @ make_affine(
        directions * np.array(image.GetSpacing()), np.array(image.GetOrigin())
    )
    check_affine(affine)
    return Volume(sitk.GetArrayFromImage(image).T, affine)
