"""Names of volume files, and fingerprints of the files that a case reads."""

import hashlib
import json
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

# Longest first: "x.nii.gz" has the stem "x".
VOLUME_SUFFIXES: Final = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mhd", ".mha", ".hdr", ".img")
# Suffixes of the data file beside a header.
DATA_SUFFIXES: Final = (".raw", ".zraw", ".raw.gz", ".img")
_HEADER_SUFFIXES: Final = (".mhd", ".nhdr", ".hdr", ".img")


def volume_stem(name: str) -> str | None:
    """A file name without its volume suffix; None if it is not the name of a volume file."""
    for suffix in VOLUME_SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return None


def volume_names(names: Iterable[str]) -> list[str]:
    """Those of the names in a folder that are volumes; hidden files and data files beside headers are not."""
    return [
        name
        for name in names
        # A NIfTI pair is known by its header.
        if volume_stem(name) is not None and not name.startswith(".") and not name.lower().endswith(".img")
    ]


def same_text(text: str) -> str:
    """A name in one Unicode form: Macs and other systems write accents differently (NFD, NFC)."""
    return unicodedata.normalize("NFC", text)


def found_file(path: Path) -> Path:
    """`path`, or the one existing file or folder whose name is the same in another Unicode form."""
    if path.exists() or path.is_symlink():
        return path
    parent = found_file(path.parent) if path.parent != path else path
    try:
        same = [one for one in parent.iterdir() if same_text(one.name) == same_text(path.name)]
    except OSError:
        return path
    return same[0] if len(same) == 1 else path


def readable(name: str) -> str:
    """A file name as text that can be written anywhere, with bytes that are not UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def fingerprint(paths: Iterable[Path], base: Path, settings: Mapping[str, object]) -> str:
    """Hexadecimal SHA-256 of the name, size and modification time of every file, and of the settings.

    A folder stands for the files in it, a header also for the data file beside it. A missing file is recorded
    as missing.

    Args:
        paths: files and folders.
        base: the folder to which names are relative.
        settings: further values that determine what is read.
    """
    places: dict[str, str] = {}
    entries = set()
    for file, size, time_ns in (entry for path in paths for entry in _entries(path)):
        folder, name = os.path.split(file)
        if folder not in places:
            places[folder] = Path(os.path.relpath(folder or ".", base)).as_posix()
        entries.add((readable(f"{places[folder]}/{name}"), size, time_ns))
    text = json.dumps([sorted(entries), sorted(settings.items())], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _entries(path: Path) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of the files that a path stands for; size and time are -1 if it is missing."""
    try:
        status = path.stat()
    except OSError:
        yield str(path), -1, -1
        return
    if stat.S_ISDIR(status.st_mode):
        for entry in os.scandir(path):
            if entry.is_file():
                yield entry.path, entry.stat().st_size, entry.stat().st_mtime_ns
        return
    yield str(path), status.st_size, status.st_mtime_ns
    if path.suffix.lower() in _HEADER_SUFFIXES:
        for voxels in {path.with_suffix(suffix) for suffix in (*DATA_SUFFIXES, ".hdr")} - {path}:
            if voxels.is_file():
                found = voxels.stat()
                yield str(voxels), found.st_size, found.st_mtime_ns
