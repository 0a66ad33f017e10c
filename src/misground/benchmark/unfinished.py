"""What an unfinished build leaves in its folder, by name, so that nothing else is taken for it or removed.

Other tools have a folder called `.build`, too.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from misground.benchmark.files import is_part_name

WORK: Final = ".build"
REQUEST: Final = "request.json"
CARD_TITLE: Final = "# MIS-Ground benchmark"
_WORK_FILES: Final = re.compile(
    r"lock|request\.json|(?:plans|labels)/[0-9a-f]{16}\.npz|rendered/[0-9a-f]{16}\.json"
)
_WORK_FOLDERS: Final = frozenset({"plans", "labels", "rendered"})
_REQUEST_KEYS: Final = frozenset({"format", "version", "preset", "seed", "settings", "sources"})
_FOLDERS: Final = ("", "questions", "views", WORK, *(f"{WORK}/{name}" for name in sorted(_WORK_FOLDERS)))
_CARD_START: Final = 20_000


def is_request(value: dict[str, Any]) -> bool:
    """Whether a JSON object is the request of a build."""
    return value.keys() >= _REQUEST_KEYS


def foreign_names(root: Path) -> list[str]:
    """What is in a folder and was not left by a build that has drawn no picture yet."""
    names = sorted(entry.name for entry in root.iterdir())
    found = [name for name in names if name != WORK]
    if WORK in names:
        found += [f"{WORK}/{name}".rstrip("/") for name in _foreign_work(root / WORK)]
    return found


def _foreign_work(work: Path) -> Iterator[str]:
    if work.is_symlink() or not work.is_dir():
        yield ""
        return
    for name, entry in _entries(work):
        if not _is_work(name, entry):
            yield name


def _entries(work: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All but the known folders, by path relative to the work folder."""
    for prefix in ("", *sorted(_WORK_FOLDERS)):
        if prefix and ((work / prefix).is_symlink() or not (work / prefix).is_dir()):
            continue
        with os.scandir(work / prefix) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if not (not prefix and entry.name in _WORK_FOLDERS and entry.is_dir(follow_symlinks=False)):
                    yield (f"{prefix}/{entry.name}" if prefix else entry.name), entry


def _is_work(name: str, entry: os.DirEntry[str]) -> bool:
    known = _WORK_FILES.fullmatch(name) is not None or is_part_name(entry.name)
    return known and entry.is_file(follow_symlinks=False)


def is_own_card(card: Path) -> bool:
    """Whether a README.md is the card of a benchmark, which a build may write again."""
    try:
        with card.open(encoding="utf-8", errors="replace") as file:
            return CARD_TITLE in file.read(_CARD_START)
    except OSError:
        return False


def remove_work(root: Path) -> None:
    """Remove the files that only an unfinished build needs; anything else in their folder stays."""
    work = root / WORK
    with suppress(OSError):
        if work.is_symlink():
            return
        for name, entry in list(_entries(work)):
            if _is_work(name, entry):
                with suppress(OSError):
                    (work / name).unlink()
        for folder in (*(work / name for name in sorted(_WORK_FOLDERS)), work):
            with suppress(OSError):
                folder.rmdir()


def remove_parts(root: Path) -> None:
    """Remove what interrupted writes left behind."""
    for folder in _FOLDERS:
        with suppress(OSError):
            if (root / folder).is_symlink():
                continue
            for path in list((root / folder).iterdir()):
                if is_part_name(path.name) and path.is_file() and not path.is_symlink():
                    path.unlink(missing_ok=True)
