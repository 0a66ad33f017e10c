"""The folder of an export: what it may contain, and whether a finished one is already there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from misground.benchmark.written import (
    FolderKind,
    Input,
    check_target,
    find_written,
    is_complete,
    writing_folder,
)
from misground.errors import UsageError

EXPORT: Final = FolderKind(
    noun="export",
    names=re.compile(
        r"README\.md"
        r"|questions\.jsonl|frames/[0-9a-f]{2}/[0-9a-f]{64}\.png"
        r"|data/test-[0-9]{5}\.parquet|misground\.yaml|utils\.py"
        r"|misground_(?:2d|3d|text)(?:_[a-z0-9~_-]{1,40})?\.tsv"
    ),
    record="export.json",
    private=True,
    earlier=frozenset({"format", "content_hash", "counts"}),
)


_LAYOUT: Final = 2
"""Raise it when the files of a format change; an export of an earlier layout is written again."""


@dataclass(frozen=True)
class Exported:
    """The content of an export.

    Attributes:
        questions: number of questions written.
        views: number of views written.
        frames: number of pictures written, counting each copy.
        left_out: number of questions that the format cannot hold.
        files: names of the files and folders.
        already_done: whether the export already existed.
    """

    questions: int
    views: int
    frames: int
    left_out: int
    files: tuple[str, ...]
    already_done: bool = False


@dataclass
class Target:
    """A folder to write into, and what was written there."""

    folder: Path
    exported: Exported = field(default_factory=lambda: Exported(0, 0, 0, 0, ()))


def find_finished(to: Path, out: Path, format: str, manifest: Mapping[str, Any]) -> Exported | None:
    """The finished export of this benchmark in `to`; None if there is none and one may be written.

    Raises:
        UsageError: `to` contains anything else, or a file of the export was changed.
    """
    record = find_written(to, EXPORT)
    if record is None:
        check_target(to, EXPORT, _inputs(out))
        return None
    facts = record.facts
    if (facts.get("format"), facts.get("content_hash")) != (format, manifest.get("content_hash")):
        found = facts.get("format")
        named = f" ({found})" if isinstance(found, str) and found.isprintable() and len(found) < 20 else ""
        raise UsageError(
            f"{to} contains another export{named}, expected an empty or new folder: name another with -o"
        )
    if facts.get("layout") != _LAYOUT or not is_complete(to, EXPORT, record):
        return None
    try:
        counts = facts["counts"]
        numbers = {name: int(counts[name]) for name in ("questions", "views", "frames", "left_out")}
        return Exported(**numbers, files=tuple(map(str, counts["files"])), already_done=True)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{to / str(EXPORT.record)} is damaged: remove {to} and export again") from error


@contextmanager
def writing(to: Path, out: Path, format: str, manifest: Mapping[str, Any]) -> Iterator[Target]:
    """A new folder that becomes `to`, together with a record, when the block succeeds.

    Raises:
        UsageError: `to` is inside the benchmark folder `out`, or another export is being written there.
        WorkError: the folder cannot be written.
    """
    with writing_folder(to, EXPORT, _inputs(out)) as folder:
        target = Target(folder.folder)
        yield target
        counts = asdict(target.exported)
        del counts["already_done"]
        folder.facts.update(
            format=format, layout=_LAYOUT, content_hash=manifest.get("content_hash"), counts=counts
        )


def _inputs(out: Path) -> list[Input]:
    return [Input(out, "the benchmark folder")]
