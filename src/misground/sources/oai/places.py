"""The volumes in a folder: label files, scan files, DICOM series.

Only names are read and, in a folder that may contain a DICOM series, the first 132 bytes of up to three
files.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from misground.sources.files import volume_stem
from misground.sources.oai.names import is_label_folder, is_label_stem
from misground.sources.oai.pairing import VolumePlace

_DICOM_SUFFIXES: Final = ("", ".dcm", ".ima")
_PREAMBLE: Final = 128


@dataclass(frozen=True)
class Places:
    """The volumes in a folder.

    Attributes:
        labels: label files, in the order of their paths.
        scans: scans, in the order of their paths.
        unreadable: number of folders that cannot be read.
    """

    labels: tuple[VolumePlace, ...]
    scans: tuple[VolumePlace, ...]
    unreadable: int


def find_places(directory: Path) -> Places:
    """Every volume in `directory` and its subfolders, following symbolic links and visiting folders once."""
    labels: list[VolumePlace] = []
    scans: list[VolumePlace] = []
    seen: set[str] = set()
    errors: list[OSError] = []
    for folder, folders, names in os.walk(directory, onerror=errors.append, followlinks=True):
        real = str(Path(folder).resolve())
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        relative = PurePosixPath(Path(folder).relative_to(directory).as_posix())
        for name in names:
            stem = volume_stem(name)
            if stem is not None:
                is_label = is_label_stem(stem) or is_label_folder(relative.name)
                (labels if is_label else scans).append(VolumePlace(relative / name, stem))
        if _is_dicom_series(Path(folder), names):
            stem = relative.name or directory.resolve().name
            scans.append(VolumePlace(relative, stem, dicom=True))
    return Places(_in_order(labels), _in_order(scans), len(errors))


def _in_order(places: list[VolumePlace]) -> tuple[VolumePlace, ...]:
    return tuple(sorted(places, key=lambda place: place.path))


def _is_dicom_series(folder: Path, names: list[str]) -> bool:
    candidates = sorted(name for name in names if Path(name).suffix.lower() in _DICOM_SUFFIXES)
    # The first files may be notes without a suffix; DICOMDIR also has the magic word but is not a slice.
    slices = [name for name in candidates if name.upper() != "DICOMDIR"][:3]
    return any(_has_magic_word(folder / name) for name in slices)


def _has_magic_word(path: Path) -> bool:
    try:
        if not path.is_file():  # opening a named pipe would wait for ever
            return False
        with path.open("rb") as file:
            return file.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"
    except OSError:
        return False
