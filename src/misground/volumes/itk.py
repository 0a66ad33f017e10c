"""SimpleITK for DICOM series: a quiet import, and errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from misground.errors import CaseError


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
            "failed to allocate memory": "not enough memory to read it",
        }
        reason = next(
            (reason for sign, reason in known.items() if sign in text),
            "it is corrupt or of an unknown variant",
        )
        raise CaseError(f"cannot be read as {what}: {reason}") from error
