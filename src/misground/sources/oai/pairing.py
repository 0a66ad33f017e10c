"""Pairing of scans and label files by their paths in the data set's folder.

For each label file, the first rule that finds exactly one scan applies:
1. a scan with the same pairing key (see `names`) in the label file's folder; of several, the one whose stem
   is the case's own;
2. one in the image folder beside a label folder (`imagesTr` beside `labelsTr`);
3. one anywhere in the data set's folder;
4. the only DICOM series in a folder with that key (`9001104/20050926/10423916`);
5. the only scan in the label file's folder, if the folder has only this label file, no other label file was
   paired with the scan by name, and either one of the two has a generic name (`labels`, `image`) or the
   folder is a subfolder of the data set's folder.
Rules 1 to 4 stop at the first that finds any scan: two scans with the same name are reported, not guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from misground.sources.files import same_text
from misground.sources.oai.names import case_stem, pairing_key


@dataclass(frozen=True)
class VolumePlace:
    """A volume in the data set's folder.

    Attributes:
        path: path relative to that folder.
        stem: its name without the volume suffix; for a DICOM series, the name of its folder (if that is the
            data set's folder, the data set's name).
        dicom: whether it is a DICOM series.
    """

    path: PurePosixPath
    stem: str
    dicom: bool = False

    @property
    def folder(self) -> PurePosixPath:
        """The folder that contains the volume."""
        return self.path.parent


@dataclass(frozen=True)
class Pair:
    """A label file with its scan.

    Attributes:
        case_id: the case.
        labels: the label file.
        scan: the scan; None if there is none or it is ambiguous.
        reason: why it is ambiguous; else "".
    """

    case_id: str
    labels: VolumePlace
    scan: VolumePlace | None
    reason: str = ""


def pair(labels: Sequence[VolumePlace], scans: Sequence[VolumePlace], root_name: str) -> tuple[Pair, ...]:
    """One `Pair` for each label file, sorted by case id, then by path.

    Args:
        labels: the label files.
        scans: the scans.
        root_name: the name of the data set's folder, used for a label file there with a generic name.
    """
    shelf = _Shelf(labels, scans)
    named = {place: _by_name(place, shelf) for place in labels}
    taken = {found[0] for found in named.values() if len(found) == 1}
    pairs = []
    for place in labels:
        case_id = case_stem(place.stem) or place.folder.name or root_name
        found = named[place] or [scan for scan in _by_folder(place, shelf) if scan not in taken]
        reason = f"{len(found)} scans could belong to it ({_shown(found)})" if len(found) > 1 else ""
        pairs.append(Pair(case_id, place, found[0] if len(found) == 1 else None, reason))
    return tuple(sorted(pairs, key=lambda one: (one.case_id, one.labels.path)))


class _Shelf:
    """Scans indexed by their lookup keys, in the given order, since a set may have 50,000 knees."""

    def __init__(self, labels: Sequence[VolumePlace], scans: Sequence[VolumePlace]) -> None:
        self.by_key: dict[str, list[VolumePlace]] = defaultdict(list)
        self.series_below: dict[str, list[VolumePlace]] = defaultdict(list)
        self.in_folder: dict[PurePosixPath, list[VolumePlace]] = defaultdict(list)
        self.labels_in_folder = Counter(place.folder for place in labels)
        for scan in scans:
            self.by_key[pairing_key(scan.stem)].append(scan)
            # A DICOM series is in its parent folder, or is itself the folder that contains the labels.
            for folder in {scan.folder, scan.path} if scan.dicom else {scan.folder}:
                self.in_folder[folder].append(scan)
            if scan.dicom:
                for key in {pairing_key(name) for name in scan.folder.parts}:
                    self.series_below[key].append(scan)


def _by_name(labels: VolumePlace, shelf: _Shelf) -> list[VolumePlace]:
    key = pairing_key(labels.stem)
    if not key:
        return []
    same = shelf.by_key.get(key, [])
    beside = [scan for scan in same if scan.folder == labels.folder]
    own = [scan for scan in beside if same_text(scan.stem) == same_text(case_stem(labels.stem))]
    images = [scan for scan in same if scan.folder == _image_folder(labels.folder)]
    below = shelf.series_below.get(key, [])
    return next((found for found in (own if len(own) == 1 else beside, images, same, below) if found), [])


def _by_folder(labels: VolumePlace, shelf: _Shelf) -> list[VolumePlace]:
    there = shelf.in_folder.get(labels.folder, [])
    if len(there) != 1 or shelf.labels_in_folder[labels.folder] != 1:
        return []
    generic = not case_stem(labels.stem) or not pairing_key(there[0].stem)
    return there if generic or labels.folder.parts else []


def _image_folder(folder: PurePosixPath) -> PurePosixPath | None:
    name = folder.name
    if not name.lower().startswith("labels"):
        return None
    return folder.with_name("images" + name[len("labels") :])


def _shown(found: Sequence[VolumePlace]) -> str:
    names = [scan.path.name or scan.stem for scan in found]
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def unpaired(scans: Sequence[VolumePlace], pairs: Sequence[Pair]) -> int:
    """The number of scans without a label file."""
    used = {one.scan for one in pairs}
    return sum(scan not in used for scan in scans)
