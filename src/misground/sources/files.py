"""Names of volume files, and fingerprints of the files that a case reads."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

# Longest first: "x.nii.gz" has the stem "x".
VOLUME_SUFFIXES: Final = (".nii.gz", ".nii", ".nrrd", ".mhd", ".mha")
# Suffixes of the data file beside a MetaImage header.
_RAW_SUFFIXES: Final = (".raw", ".zraw", ".raw.gz")


def volume_stem(name: str) -> str | None:
    """A file name without its volume suffix; None if it is not the name of a volume file."""
    for suffix in VOLUME_SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return None


def readable(name: str) -> str:
    """A file name as text that can be written anywhere, with bytes that are not UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def fingerprint(paths: Iterable[Path], base: Path, settings: Mapping[str, object]) -> str:
    """Hexadecimal SHA-256 of the name, size and modification time of every file, and of the settings.

    A folder stands for the files in it, a MetaImage header also for its data file. A missing file is recorded
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
    if path.suffix.lower() == ".mhd":
        for voxels in (path.with_suffix(suffix) for suffix in _RAW_SUFFIXES):
            if voxels.is_file():
                yield from _entries(voxels)
