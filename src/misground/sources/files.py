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
# Where a MetaImage header may keep its voxels, beside itself.
_RAW_SUFFIXES: Final = (".raw", ".zraw", ".raw.gz")


def volume_stem(name: str) -> str | None:
    """A file name without its volume suffix; None where it is not the name of a volume file."""
    for suffix in VOLUME_SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return None


def readable(name: str) -> str:
    """A file name as text that can be written anywhere: bytes that are no UTF-8 are shown as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def fingerprint(paths: Iterable[Path], base: Path, settings: Mapping[str, object]) -> str:
    """sha256 over name (relative to base), size in bytes and time of every file, and over the settings.

    A folder stands for the files in it, a MetaImage header also for the voxels beside it. A file that
    does not exist counts as such.
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
    """Path, size and time of the files that a path stands for; size and time are -1 where it is missing."""
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
