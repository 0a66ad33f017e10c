"""The record of a written folder: its files with their sizes and hashes, which prove that they are ours.

A record is untrusted. It may name only files that its kind of folder can contain, and it carries a digest of
its own content, so another tool's file of the same name, or a record that someone edited, proves nothing.
"""

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from misground.benchmark.files import digest, sha256_file
from misground.benchmark.written.kind import FolderKind

MOST_BYTES: Final = 64 << 20  # a third of a million files
_MOST_LISTS: Final = 500_000
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_CONTENTS: Final = "contents"
_BEFORE: Final = "before"
_DIGEST: Final = "digest"
_KIND: Final = "kind"


class Content(NamedTuple):
    """What a file contains: its size in bytes and the SHA-256 of it."""

    size: int
    sha256: str


Contents = Mapping[str, Content]


@dataclass(frozen=True)
class Record:
    """A record that was read.

    Attributes:
        facts: what the command noted.
        contents: the files by relative path; None if the record does not prove any.
        before: what else files may contain while they are exchanged for `contents`.
    """

    facts: Mapping[str, Any]
    contents: Contents | None
    before: Contents

    @property
    def is_listing(self) -> bool:
        """Whether it lists files, although perhaps not in a way that proves them."""
        return _CONTENTS in self.facts


def record_text(
    kind: FolderKind, facts: Mapping[str, Any], contents: Contents, before: Contents | None = None
) -> str:
    """The text of a record, with one line for each file."""
    value = {**facts, _KIND: kind.noun, _CONTENTS: contents}
    if before:
        value[_BEFORE] = before
    value[_DIGEST] = digest(value)
    lines = ",\n".join(f" {json.dumps(name)}: {_member_text(value[name])}" for name in value)
    return f"{{\n{lines}\n}}\n"


def _member_text(value: object) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    lines = ",\n".join(
        f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(one, ensure_ascii=False)}"
        for name, one in value.items()
    )
    return f"{{\n{lines}\n }}" if lines else "{}"


def read_record(path: Path, kind: FolderKind) -> Record | None:
    """Read a record; None if there is no such file, or it is not a JSON object."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > MOST_BYTES:
            return None
        text = path.read_bytes()
        if not _has_few_values(text):
            return None
        value = json.loads(text)
        if not isinstance(value, dict):
            return None
        contents, before = _listed(value, _CONTENTS, kind), _listed(value, _BEFORE, kind)
        if not _is_whole(value) or value.get(_KIND) != kind.noun or before is None:
            contents = None
    except (OSError, ValueError, RecursionError):
        return None
    return Record(value, contents, before or {})


def _has_few_values(text: bytes) -> bool:
    """Whether a text has no more values than a record of that many bytes; others may take gigabytes."""
    return text.count(b"[") + text.count(b"{") <= _MOST_LISTS and text.count(b",") <= 3 * _MOST_LISTS


def _is_whole(value: dict[str, Any]) -> bool:
    return value.get(_DIGEST) == digest({name: one for name, one in value.items() if name != _DIGEST})


def _listed(value: dict[str, Any], key: str, kind: FolderKind) -> Contents | None:
    """A list of files; None if it names one that this kind of folder cannot contain, or is malformed."""
    listed = value.get(key, {})
    if not isinstance(listed, dict) or not all(map(kind.allows, listed)):
        return None
    found = {name: content for name, one in listed.items() if (content := _content(one)) is not None}
    return found if len(found) == len(listed) else None


def _content(value: object) -> Content | None:
    match value:
        case [int(size), str(sha256)] if size >= 0 and _HEX.fullmatch(sha256):
            return Content(size, sha256)
    return None


def content_of(path: Path) -> Content:
    """What a file contains."""
    return Content(path.stat().st_size, sha256_file(path))


def contents_below(folder: Path, prefix: str = "") -> dict[str, Content]:
    """What all files below a folder contain, by relative path with forward slashes."""
    found: dict[str, Content] = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            path, name = Path(entry.path), prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                found |= contents_below(path, f"{name}/")
            else:
                found[name] = content_of(path)
    return found
