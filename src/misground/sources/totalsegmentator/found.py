"""What lies in one case folder: scans, class files, a multi-label file, and what cannot be used.

A scan is called `ct` or `mri`, in any letter case and any form that can be read. Class files lie in
`segmentations`, or else in the one subfolder that has any. Class names may be written with capitals, spaces
or hyphens.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from misground.records import Modality
from misground.sources.files import VOLUME_SUFFIXES, readable, same_text, volume_names, volume_stem
from misground.sources.label_sets import class_values

MULTI_LABEL_NAMES: Final = ("segmentation", "segmentations", "labels", "label")
CLASS_FOLDER: Final = "segmentations"
MAC_ARCHIVE: Final = "__MACOSX"
_SCAN_NAMES: Final[Mapping[str, Modality]] = {"ct": "ct", "mri": "mri"}
_TASKS: Final = ("total", "total_v1", "total_mr")


@dataclass(frozen=True)
class CaseFiles:
    """The files of a case folder.

    Attributes:
        scans: modality -> scan.
        classes: class name -> class file.
        multi_label: the multi-label file, if there is one.
        odd: which file that the case needs is none, in words; "" for nothing.
        others: names of volumes that are none of these.
    """

    scans: dict[Modality, Path]
    classes: dict[str, Path]
    multi_label: Path | None
    odd: str
    others: tuple[str, ...]


def case_files(folder: Path) -> CaseFiles:
    """The files of a case folder. Raises OSError if it cannot be read."""
    volumes = _best(volume_names(names_in(folder)))
    named = {stem: volumes.pop(stem) for stem in (*_SCAN_NAMES, *MULTI_LABEL_NAMES) if stem in volumes}
    files = {stem: folder / name for stem, name in named.items() if (folder / name).is_file()}
    classes = class_files(_class_folder(folder))
    scans = {_SCAN_NAMES[stem]: path for stem, path in files.items() if stem in _SCAN_NAMES}
    multi_label = next((files[stem] for stem in MULTI_LABEL_NAMES if stem in files), None)
    needed = [] if scans else [folder / named[stem] for stem in _SCAN_NAMES if stem in named]
    needed += [path for name, path in classes.items() if name in _known_classes()]
    if not classes and not multi_label:
        needed += [folder / named[stem] for stem in MULTI_LABEL_NAMES if stem in named]
    return CaseFiles(
        scans=scans,
        classes=classes,
        multi_label=multi_label,
        odd=next((_oddity(path) for path in needed if not path.is_file()), ""),
        others=tuple(sorted(volumes.values())),
    )


def names_in(folder: Path) -> list[str]:
    """The names in a folder, sorted, without hidden ones."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def class_files(folder: Path) -> dict[str, Path]:
    """Class name -> file, for every volume in a folder ({} if there is no such folder)."""
    if not folder.is_dir():
        return {}
    found: dict[str, Path] = {}
    for stem, name in _best(volume_names(names_in(folder)), key=_class_name).items():
        found[stem] = folder / name
    return found


def is_class_folder(folder: Path) -> bool:
    """Whether a folder has a file that is named like a class of a known task."""
    return any(
        _class_name(volume_stem(name) or "") in _known_classes() for name in volume_names(names_in(folder))
    )


def _class_folder(folder: Path) -> Path:
    usual = folder / CLASS_FOLDER
    if usual.is_dir():
        return usual
    below = [folder / name for name in names_in(folder) if name != MAC_ARCHIVE and (folder / name).is_dir()]
    found = [path for path in below if _quietly_is_class_folder(path)]
    return found[0] if len(found) == 1 and not _case_like(found[0]) else usual


def _quietly_is_class_folder(folder: Path) -> bool:
    try:
        return is_class_folder(folder)
    except OSError:
        return False


def _case_like(folder: Path) -> bool:
    """Whether a folder has a scan of its own, so that its class files are its own, too."""
    stems = {(volume_stem(name) or "").lower() for name in volume_names(names_in(folder))}
    return bool(stems & _SCAN_NAMES.keys())


@cache
def _known_classes() -> frozenset[str]:
    return frozenset(name for task in _TASKS for name in class_values(task))


@cache
def _spellings() -> Mapping[str, str]:
    """Class names in small letters -> as the tasks write them (`vertebrae_L5`)."""
    return {name.lower(): name for name in _known_classes()}


def _class_name(stem: str) -> str:
    """A class name as the tasks write it, if the stem is one in another spelling; else the stem."""
    if stem in _known_classes():
        return stem
    return _spellings().get(re.sub(r"[ _-]+", "_", stem.strip().lower()), stem)


def _plain(stem: str) -> str:
    return same_text(stem).lower()


def _best(names: Iterable[str], key: Callable[[str], str] = _plain) -> dict[str, str]:
    """Stem -> name; of several names with one stem, the one spelled like it, by the first suffix listed."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(volume_stem(name) or name), []).append(name)
    return {stem: min(_rank(name, stem) for name in same)[-1] for stem, same in found.items()}


def _rank(name: str, stem: str) -> tuple[bool, int, str]:
    suffix = name[len(volume_stem(name) or "") :].lower()
    return volume_stem(name) != stem, VOLUME_SUFFIXES.index(suffix), name


def _oddity(path: Path) -> str:
    what = "a link to a file that is missing" if path.is_symlink() and not path.exists() else "not a file"
    return f"{readable(path.name)!r} is {what}"
