"""The folder of an export, which is written beside its target first and then moved there."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from misground.benchmark.files import NOTHING_WRITTEN, write_error, write_json
from misground.errors import UsageError

RECORD: Final = "export.json"


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


def find_finished(to: Path, format: str, manifest: Mapping[str, Any]) -> Exported | None:
    """The finished export of this benchmark in `to`; None if `to` does not exist or is empty.

    Raises:
        UsageError: `to` contains anything else.
    """
    try:
        if not to.exists() or (to.is_dir() and not any(to.iterdir())):
            return None
    except OSError as error:
        raise UsageError(f"cannot read {to}: {error.strerror or error}") from error
    record = _read(to / RECORD)
    if record is None:
        what = "contains other files" if to.is_dir() else "is a file"
        raise UsageError(f"{to} {what}, expected an empty or new folder: name another with -o")
    if (record.get("format"), record.get("content_hash")) != (format, manifest.get("content_hash")):
        raise UsageError(
            f"{to} contains another export ({record.get('format')}), expected an empty or new folder: "
            "name another with -o"
        )
    try:
        counts = {**record["counts"], "files": tuple(record["counts"]["files"]), "already_done": True}
        return Exported(**counts)
    except (KeyError, TypeError) as error:
        raise UsageError(f"{to / RECORD} is damaged: remove {to} and export again") from error


@contextmanager
def writing(to: Path, format: str, manifest: Mapping[str, Any]) -> Iterator[Target]:
    """A new folder beside `to` that replaces it, together with a record, when the block succeeds.

    The remains of an interrupted export are removed.

    Raises:
        WorkError: the folder cannot be written.
    """
    part = to.with_name(f".{to.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        target = Target(part)
        yield target
        counts = asdict(target.exported)
        del counts["already_done"]
        record = {"format": format, "content_hash": manifest.get("content_hash"), "counts": counts}
        write_json(record, part / RECORD)
        part.replace(to)
    except OSError as error:
        raise write_error(error, to, kept=NOTHING_WRITTEN) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None
