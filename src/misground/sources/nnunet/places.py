"""The scans and label files of an nnU-Net folder: `labelsTr/CASE.nii.gz` and `imagesTr/CASE_0000.nii.gz`.

The Decathlon has one file per scan without a number (`imagesTr/CASE.nii.gz`), with all channels in a fourth
axis. Folders come in pairs: imagesTr and labelsTr, imagesTs and labelsTs (test), imagesVa and labelsVa
(AMOS), imagesVal and labelsVal (WORD).
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.sources.files import volume_stem

_LABELS: Final = "labels"
_NUMBERED: Final = re.compile(r"(.+)_([0-9]{4})")


@dataclass(frozen=True)
class Found:
    """One label file and its scan.

    Attributes:
        case_id: the label file's stem, with the folder's ending before it if another folder has that stem.
        labels: the label file.
        scan: the scan of the wanted channel; None if it is missing.
        in_axis: whether the channel is an index along the scan's fourth axis.
        missing: what is missing, in words; "" if nothing is.
    """

    case_id: str
    labels: Path
    scan: Path | None
    in_axis: bool = False
    missing: str = ""


def find_cases(directory: Path, channel: int) -> tuple[tuple[Found, ...], int]:
    """The label files of all pairs of folders with the scans of a channel, and how many scans have none."""
    found: list[Found] = []
    unused = 0
    taken: set[str] = set()
    folders = (path for path in directory.iterdir() if path.is_dir() and path.name.startswith(_LABELS))
    for folder in sorted(folders, key=lambda path: (path.name != "labelsTr", path.name)):
        ending = folder.name.removeprefix(_LABELS)
        scans = _volumes(directory / f"images{ending}")
        labels = _volumes(folder)
        for stem, path in sorted(labels.items()):
            case_id = stem if stem not in taken else f"{ending}_{stem}"
            taken.add(case_id)
            found.append(_case(case_id, stem, path, scans, channel, f"images{ending}"))
        cases = {_case_of(stem, labels) for stem in scans}
        unused += len(cases - labels.keys())
    return tuple(found), unused


def _case(
    case_id: str, stem: str, labels: Path, scans: Mapping[str, Path], channel: int, folder: str
) -> Found:
    if numbered := scans.get(f"{stem}_{channel:04d}"):
        return Found(case_id, labels, numbered)
    others = sum(_case_of(other, {stem}) == stem for other in scans)
    if stem in scans and others == 1:
        return Found(case_id, labels, scans[stem], in_axis=True)
    if others:
        missing = f"found {others} channels in {folder}, expected {stem}_{channel:04d}"
    else:
        missing = f"no scan found for {labels.name!r}, expected {folder}/{stem}_0000"
    return Found(case_id, labels, None, missing=missing)


def _case_of(stem: str, cases: Container[str]) -> str:
    """The case of a scan: its stem, or its stem without the number of a channel."""
    numbered = _NUMBERED.fullmatch(stem)
    return numbered[1] if stem not in cases and numbered else stem


def _volumes(folder: Path) -> dict[str, Path]:
    """Stem -> volume file of a folder, without hidden ones (macOS's `._`); {} if there is no folder."""
    if not folder.is_dir():
        return {}
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return {stem: path for path in paths if (stem := volume_stem(path.name))}
