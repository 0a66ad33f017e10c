"""DICOM files in a folder, known by their content: scanners, archives and Macs name them in every way.

Source: DICOM PS3.10, 7.1 (preamble and prefix), and PS3.5, 7.1 (data elements).
"""

import os
from pathlib import Path
from typing import Final

from misground.errors import CaseError

_PREAMBLE: Final = 128
_PREFIX: Final = b"DICM"
_OTHER_SUFFIXES: Final = (
    *(".nii", ".gz", ".nrrd", ".nhdr", ".mhd", ".mha", ".raw", ".zraw", ".hdr", ".zip"),
    *(".csv", ".json", ".md", ".pdf", ".png", ".jpg"),
)
# Files without preamble begin with a group length, a character set, an image type or a class of group 2 or 8.
_FIRST_ELEMENTS: Final = frozenset(
    {(2, 0x0000), (2, 0x0001), (8, 0x0000), (8, 0x0001), (8, 0x0005), (8, 0x0008), (8, 0x0016)}
)
_REPRESENTATIONS: Final = frozenset({b"UL", b"OB", b"CS", b"UI"})
_LONGEST_FIRST: Final = 256


def is_dicom(path: Path) -> bool:
    """Whether a file begins like a DICOM file; False for other things, unreadable ones and DICOMDIR."""
    if path.name.startswith(".") or path.name.upper() == "DICOMDIR":
        return False
    try:
        if not path.is_file():  # opening a named pipe would wait for ever
            return False
        with path.open("rb") as file:
            head = file.read(_PREAMBLE + len(_PREFIX))
    except OSError:
        return False
    return head[_PREAMBLE:] == _PREFIX or _begins_with_element(head)


def holds_dicom(folder: Path) -> bool:
    """Whether a folder itself contains a DICOM file; files named as other volumes or texts are not opened."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    return any(is_dicom(folder / name) for name in names if not name.lower().endswith(_OTHER_SUFFIXES))


def dicom_files(folder: Path) -> list[Path]:
    """The DICOM files in a folder, by name; hidden files, DICOMDIR and other kinds of file are left out.

    Raises:
        CaseError: the folder contains a named pipe, a socket or a device.
    """
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not path.is_file() and not path.is_dir() and path.exists():
            raise CaseError(f"{path.name!r} in it is neither a file nor a folder")
        if is_dicom(path):
            found.append(path)
    return found


def _begins_with_element(head: bytes) -> bool:
    """Whether bytes begin with one of the first elements of a file without preamble, in little endian."""
    if len(head) < _PREAMBLE:
        return False
    element = (int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little"))
    if element not in _FIRST_ELEMENTS:
        return False
    implicit = int.from_bytes(head[4:8], "little")
    return head[4:6] in _REPRESENTATIONS or 0 < implicit <= _LONGEST_FIRST
