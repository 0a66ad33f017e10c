"""Checks of manifest.json against the folder: every file exists, is unchanged, and is counted."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from misground.benchmark.settings import FORMAT

NOT_HASHED: Final = frozenset({"manifest.json", "README.md"})
_COUNTS: Final = ("cases", "skipped", "items", "questions", "probes", "views", "frames")


def folder_files(root: Path) -> list[str]:
    """All files in a folder by relative path, except hidden ones at the top (of git or Hugging Face)."""
    found = (path.relative_to(root) for path in root.rglob("*") if not path.is_dir() or path.is_symlink())
    return sorted(path.as_posix() for path in found if not path.parts[0].startswith("."))


def sha256_of(path: Path) -> str | None:
    """Hexadecimal SHA-256 of a file; None if it cannot be read or is a link."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def head_problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Problems with the manifest's own fields."""
    if manifest.get("format") != FORMAT:
        yield f"manifest.json: format {manifest.get('format')!r}, expected {FORMAT}"
    for key, kind in (("version", str), ("preset", str), ("seed", int), ("sources", list)):
        if not isinstance(manifest.get(key), kind):
            yield f"manifest.json: {key} is {manifest.get(key)!r}, expected type {kind.__name__}"
    settings = manifest.get("settings")
    for key in ("preset", "seed"):
        if isinstance(settings, dict) and settings.get(key) != manifest.get(key):
            yield f"manifest.json: {key} is {manifest.get(key)!r}, but {settings.get(key)!r} in its settings"


def count_problems(manifest: Mapping[str, Any], found: Mapping[str, int]) -> Iterator[str]:
    """Problems with the counts in the manifest; `found` holds the actual numbers."""
    counts = manifest.get("counts")
    if not isinstance(counts, dict):
        yield "manifest.json: counts is missing"
        return
    for name in _COUNTS:
        if counts.get(name, 0 if name == "probes" else None) != found[name]:
            yield f"manifest.json: counts has {counts.get(name)!r} {name}, but the folder has {found[name]}"


def file_problems(manifest: Mapping[str, Any], found: Mapping[str, str | None]) -> Iterator[str]:
    """Problems with files and hashes; `found`: relative path -> SHA-256, None if it cannot be read."""
    for name in sorted(NOT_HASHED - found.keys()):
        yield f"{name} is missing"
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        yield "manifest.json: files is missing"
        return
    for name in sorted(listed.keys() - found.keys()):
        yield f"{name} is in the manifest but not in the folder"
    for name in sorted(found.keys() - listed.keys() - NOT_HASHED):
        yield f"{name} is in the folder but not in the manifest"
    for name in sorted(listed.keys() & found.keys()):
        if found[name] is None:
            yield f"{name} cannot be read as a file"
        elif found[name] != listed[name]:
            yield f"{name} has changed since the build (SHA-256 {found[name]}, expected {listed[name]})"
    lines = "".join(f"{name}\t{value}\n" for name, value in sorted(listed.items()))
    expected = hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()
    if manifest.get("content_hash") != expected:
        yield f"manifest.json: content_hash is {manifest.get('content_hash')!r}, expected {expected}"
