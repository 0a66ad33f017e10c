"""The volumes in a folder: label files, scan files, DICOM series, and other files that may be scans.

Only names are read and, of files that are not named as something else, the first 132 bytes. Hidden files, as
Macs leave them beside others (`._image.nii.gz`), are ignored everywhere.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from misground.sources.files import DATA_SUFFIXES, volume_names, volume_stem
from misground.sources.oai.names import is_label_folder, is_label_stem, pairing_key
from misground.sources.oai.pairing import VolumePlace
from misground.volumes import holds_dicom

_MAC_ARCHIVE: Final = "__MACOSX"
# Files that are no scans by their names: texts, tables, documents, small pictures, meshes, programs.
_DOCUMENTS: Final = frozenset(
    {
        *(".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".yaml", ".yml", ".toml", ".xml", ".html", ".htm"),
        *(
            ".pdf",
            ".doc",
            ".docx",
            ".xls",
            ".xlsx",
            ".ods",
            ".odt",
            ".rtf",
            ".log",
            ".bib",
            ".license",
            ".cff",
        ),
        *(
            ".png",
            ".jpg",
            ".jpeg",
            ".gif",
            ".svg",
            ".bmp",
            ".stl",
            ".vtk",
            ".vtp",
            ".obj",
            ".ply",
            ".lnk",
            ".url",
        ),
        *(".py", ".ipynb", ".sh", ".bat", ".m", ".r", ".ini", ".cfg", ".sha256", ".md5", ".db", ".lock"),
    }
)
_TEXT_BYTES: Final = 1024


@dataclass(frozen=True)
class Places:
    """The volumes in a folder.

    Attributes:
        labels: label files, in the order of their paths.
        scans: scans, in the order of their paths.
        unreadable: number of folders that cannot be read.
        unknown: other files that may be scans, in the order of their paths.
    """

    labels: tuple[VolumePlace, ...]
    scans: tuple[VolumePlace, ...]
    unreadable: int
    unknown: tuple[PurePosixPath, ...] = ()


def find_places(directory: Path) -> Places:
    """Every volume in `directory` and its subfolders, following symbolic links and visiting folders once."""
    labels: list[VolumePlace] = []
    scans: list[VolumePlace] = []
    unknown: list[PurePosixPath] = []
    seen: set[str] = set()
    errors: list[OSError] = []
    for folder, folders, names in os.walk(directory, onerror=errors.append, followlinks=True):
        real = str(Path(folder).resolve())
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != _MAC_ARCHIVE)
        relative = PurePosixPath(Path(folder).relative_to(directory).as_posix())
        volumes = volume_names(names)
        stems = {name: volume_stem(name) or name for name in volumes}
        # In a folder of labels, a name without a label word is a scan's if another has that name with one.
        worded = {pairing_key(stem) for stem in stems.values() if is_label_stem(stem)}
        for name, stem in stems.items():
            by_folder = is_label_folder(relative.name) and pairing_key(stem) not in worded
            is_label = is_label_stem(stem) or by_folder
            (labels if is_label else scans).append(VolumePlace(relative / name, stem))
        if holds_dicom(Path(folder)):
            stem = relative.name or directory.resolve().name
            scans.append(VolumePlace(relative, stem, dicom=True))
        else:
            unknown += [relative / name for name in _unknown(Path(folder), names, volumes)]
    return Places(_in_order(labels), _in_order(scans), len(errors), tuple(sorted(unknown)))


def _in_order(places: list[VolumePlace]) -> tuple[VolumePlace, ...]:
    return tuple(sorted(places, key=lambda place: place.path))


def _unknown(folder: Path, names: list[str], volumes: list[str]) -> list[str]:
    """The files that are no volumes of a known form, and not known to be something else than a scan."""
    stems = {(volume_stem(name) or name).lower() for name in volumes}
    data = {f"{stem}{suffix}" for stem in stems for suffix in DATA_SUFFIXES}
    others = (name for name in names if name not in volumes and not name.startswith("."))
    return [
        name
        for name in others
        if name.lower() not in data
        and Path(name).suffix.lower() not in _DOCUMENTS
        and not _is_text(folder / name)
    ]


def _is_text(path: Path) -> bool:
    """Whether a file begins with text, as notes do; an empty file does, too."""
    try:
        if not path.is_file():  # opening a named pipe would wait for ever
            return False
        with path.open("rb") as file:
            head = file.read(_TEXT_BYTES)
    except OSError:
        return False
    # The last character may be cut.
    return "\0" not in (text := head.decode("utf-8", "replace")) and "\ufffd" not in text[:-1]
