"""The segmentations and scans below a folder, and which scan a segmentation belongs to.

The scan is searched for in the segmentation's own folder and its DICOM folders, then in the folders above, up
to the case's own folder. Where a place has several, the one of the same name counts. In BIDS, the scan is of
the same subject and session, anywhere in the data set, and has no entity that the segmentation lacks.
"""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.records import Modality
from misground.sources.files import readable, volume_stem
from misground.sources.modalities import modality_of, modality_of_name
from misground.sources.oai.names import case_stem, pairing_key
from misground.sources.segmentations.kinds import Kind, kind_of

MOST_FILES: Final = 1_000_000
_DEEPEST: Final = 12
_SEG_WORD: Final = re.compile(r"\.seg$", re.IGNORECASE)
_BIDS_ENTITY: Final = re.compile(r"([a-zA-Z0-9]+)-([a-zA-Z0-9]+)")
_DERIVED: Final = frozenset({"desc", "label", "seg", "space", "res", "den", "hemi"})
_NO_SCANS: Final = ("_dseg", "_mask", "_probseg", "_msk")


@dataclass(frozen=True)
class Scan:
    """A scan: a volume file, or a folder of DICOM slices; `modality` is None if nothing says it."""

    path: Path
    modality: Modality | None


@dataclass(frozen=True)
class Found:
    """A segmentation and its scan.

    Attributes:
        case_id: the case.
        path: the segmentation.
        kind: what it is.
        scan: its scan; None if it has none.
        reason: why it has none, in words.
    """

    case_id: str
    path: Path
    kind: Kind
    scan: Scan | None
    reason: str = ""


@dataclass(frozen=True)
class Places:
    """What lies below a folder."""

    found: tuple[Found, ...]
    unread: tuple[tuple[str, str], ...]
    unused: int


def find_segmentations(directory: Path) -> Places:
    """All segmentations below a folder with their scans, sorted by case id. Hidden files are ignored."""
    segmentations: list[tuple[Path, Kind]] = []
    scans: dict[Path, Scan] = {}
    unread: list[tuple[str, str]] = []
    for path in _files(directory):
        try:
            kind, modality = kind_of(path)
        except CaseError as error:
            unread.append((_relative(path, directory), str(error)))
            continue
        if kind == "slice":
            scans.setdefault(path.parent, Scan(path.parent, modality))
        elif kind == "scan":
            stem = volume_stem(path.name) or ""
            if not stem.endswith(_NO_SCANS):
                suffix = stem.rpartition("_")[2]
                scans[path] = Scan(path, modality_of(suffix) or modality_of_name(stem))
        elif kind is not None:
            segmentations.append((path, kind))
    ids = _case_ids(directory, [path for path, _ in segmentations])
    index = _Index(directory, list(scans.values()))
    found = []
    for path, kind in segmentations:
        scan, reason = (_bids_scan if kind == "bids" else _scan)(path, index)
        found.append(Found(ids[path], path, kind, scan, reason))
    used = {one.scan.path for one in found if one.scan}
    ordered = tuple(sorted(found, key=lambda one: one.case_id))
    return Places(ordered, tuple(unread), len(scans.keys() - used))


def _files(directory: Path) -> list[Path]:
    """The regular files below a folder, sorted; nothing hidden, and no link to a folder is followed."""
    paths: list[Path] = []
    for folder, below, names in os.walk(directory):
        here = Path(folder)
        deep = len(here.relative_to(directory).parts) >= _DEEPEST
        below[:] = [] if deep else sorted(name for name in below if not name.startswith("."))
        paths += [
            path for name in sorted(names) if not name.startswith(".") and (path := here / name).is_file()
        ]
        if len(paths) > MOST_FILES:
            break
    return paths


class _Index:
    """The scans by the folders that they lie in, and by subject and session."""

    def __init__(self, directory: Path, scans: Sequence[Scan]) -> None:
        self.directory = directory
        self.near: dict[Path, list[Scan]] = {}
        self.below: dict[Path, list[Scan]] = {}
        self.subjects: dict[tuple[str | None, str | None], list[Scan]] = {}
        for scan in scans:
            for place in (scan.path, scan.path.parent):
                self.near.setdefault(place, []).append(scan)
            for place in (scan.path.parent, *scan.path.parent.parents):
                self.below.setdefault(place, []).append(scan)
                if place == directory:
                    break
            self.subjects.setdefault(_subject(_entities(scan.path)), []).append(scan)


def _scan(path: Path, index: _Index) -> tuple[Scan | None, str]:
    """The scan of a segmentation, or why there is none."""
    place = path.parent
    key = pairing_key(_stem(path))
    while True:
        near = index.near.get(place) or index.below.get(place, [])
        same = [scan for scan in near if pairing_key(_stem(scan.path)) == key] if len(near) > 1 else near
        if len(same) == 1:
            return same[0], ""
        if near:
            return None, f"found {len(near)} scans for {path.name!r}; expected one, or one of the same name"
        if index.directory in (place, place.parent):
            return None, f"no scan found for {path.name!r}; expected one in its folder"
        place = place.parent


def _bids_scan(path: Path, index: _Index) -> tuple[Scan | None, str]:
    own = _entities(path)
    same = index.subjects.get(_subject(own), [])
    if own.get("sub") is None:
        same = [scan for scan in same if scan.path.parent == path.parent]
    fits = [scan for scan in same if _entities(scan.path).items() <= own.items()]
    most = max((len(_entities(scan.path)) for scan in fits), default=0)
    chosen = [scan for scan in fits if len(_entities(scan.path)) == most] or same
    if len(chosen) == 1:
        return chosen[0], ""
    found = f"found {len(chosen)} scans" if chosen else "no scan found"
    return None, f"{found} for {path.name!r}; expected one of the same subject and session"


def _subject(entities: Mapping[str, str]) -> tuple[str | None, str | None]:
    return entities.get("sub"), entities.get("ses")


def _entities(path: Path) -> dict[str, str]:
    found = dict(_BIDS_ENTITY.findall(_stem(path)))
    return {entity: value for entity, value in found.items() if entity not in _DERIVED}


def _case_ids(directory: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each segmentation: its case folder if it is alone there, else its own name."""
    tops: dict[Path, list[Path]] = {}
    for path in paths:
        tops.setdefault(_top(directory, path), []).append(path)
    ids: dict[Path, str] = {}
    for top, own in tops.items():
        for path in own:
            stem = _stem(path)
            if stem.endswith("_dseg"):
                name = stem.removesuffix("_dseg")
            elif top == directory:
                name = case_stem(stem) or directory.resolve().name
            elif len(own) == 1:
                name = top.name
            else:
                name = f"{top.name}_{case_stem(stem) or stem}"
            ids[path] = readable(name)
    taken = Counter(ids.values())
    return {
        path: name if taken[name] == 1 else readable(_relative(path, directory).replace("/", "_"))
        for path, name in ids.items()
    }


def _top(directory: Path, path: Path) -> Path:
    parts = path.relative_to(directory).parts
    return directory / parts[0] if len(parts) > 1 else directory


def _stem(path: Path) -> str:
    stem = volume_stem(path.name) or path.stem
    return _SEG_WORD.sub("", stem)


def _relative(path: Path, directory: Path) -> str:
    return readable(path.relative_to(directory).as_posix())
