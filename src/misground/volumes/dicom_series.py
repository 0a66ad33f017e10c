"""Which files of a DICOM folder are the scan: one series of parallel slices, without what lies beside it.

Left out are objects that are no scan (segmentations, structure sets, dose and other reports), screen captures
and localizers beside a scan, and series that are no stack of slices, where another one is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from misground.errors import CaseError
from misground.volumes.dicom_files import dicom_files
from misground.volumes.dicom_frames import DicomFile, Frame, frames_of, read_dicom_header

SAME_DIRECTION: Final = 1e-4
# Slices across the scan are a localizer's if the angle between the planes is above this, and if they are few.
_ACROSS_COSINE: Final = float(np.cos(np.radians(20)))
_FEW: Final = 3
# Beside a series of this many slices, one of a few is no scan.
_MANY: Final = 10
_SHOWN_SERIES: Final = 5


@dataclass(frozen=True)
class Series:
    """The frames of a scan, in the order of their files, and what was left out of its folder.

    Attributes:
        frames: the frames; equal in size, and parallel.
        left_out: what was left out, in words; "" for nothing.
    """

    frames: tuple[Frame, ...]
    left_out: str


def find_series(folder: Path, wanted: str = "") -> Series:
    """The scan in a folder of DICOM files.

    Args:
        folder: the folder.
        wanted: the series' UID or the name of one of its files, or several of them separated by commas, of
            which the folder has one; "" if the folder is to have one scan.

    Raises:
        CaseError: there is no scan, several series could be it, or a file is damaged.
    """
    files = [read_dicom_header(path) for path in dicom_files(folder)]
    if not files:
        raise CaseError("the folder contains no DICOM series")
    chosen, out = _images(files)
    groups = _chosen(chosen, wanted) if wanted else _by_series(chosen)
    if wanted:
        kept = {file.path for group in groups for file in group}
        out = [(file.path.name, file.kind) for file in files if file.path not in kept]
    stacks = [(group, [frame for file in group for frame in frames_of(file)]) for group in groups]
    if len(stacks) > 1:
        longest = max(len(frames) for _, frames in stacks)
        fewest = _FEW + 1 if longest >= _MANY else 2
        volumes = [(group, frames) for group, frames in stacks if len(frames) >= fewest and _is_stack(frames)]
        if len(volumes) != 1:
            raise CaseError(_several(volumes or stacks))
        out += [
            (file.path.name, "other series")
            for group, _ in stacks
            if group is not volumes[0][0]
            for file in group
        ]
        stacks = volumes
    frames, localizers = _without_localizers(stacks[0][1])
    out += [(frame.path.name, "localizer") for frame in localizers]
    if len(frames) < 2:
        raise CaseError("its series has one file; expected one file per slice, and at least two")
    return Series(tuple(frames), _listed(out))


def has_series(folder: Path, uid: str) -> bool:
    """Whether a folder has slices of a series. Raises CaseError if a file is damaged."""
    return any(file.image and file.series == uid for file in map(read_dicom_header, dicom_files(folder)))


def _images(files: Sequence[DicomFile]) -> tuple[list[DicomFile], list[tuple[str, str]]]:
    """The files that can be slices, and the name and kind of the others."""
    images = [file for file in files if file.image]
    for unwanted in ("localizer", "secondary"):
        others = [file for file in images if not getattr(file, unwanted)]
        images = others or images
    if not images:
        raise CaseError(f"the folder contains no DICOM series of slices, but {_listed(_named(files))}")
    kept = {file.path for file in images}
    return images, _named(file for file in files if file.path not in kept)


def _named(files: Iterable[DicomFile]) -> list[tuple[str, str]]:
    return [(file.path.name, file.kind) for file in files]


def _by_series(files: Sequence[DicomFile]) -> list[list[DicomFile]]:
    groups: dict[str, list[DicomFile]] = defaultdict(list)
    for file in files:
        groups[file.series].append(file)
    # Some scanners give each slice a series of its own.
    single = all(
        len(group) == 1 and int(group[0].dataset.get("NumberOfFrames") or 1) == 1 for group in groups.values()
    )
    return [list(files)] if single and len(groups) > _FEW else list(groups.values())


def _chosen(files: Sequence[DicomFile], wanted: str) -> list[list[DicomFile]]:
    words = {word.strip() for word in wanted.split(",")}
    found = {file.series for file in files if file.series in words or file.path.name in words}
    if len(found) != 1:
        number = f"{len(found)} series" if found else "no series"
        raise CaseError(f"the folder contains {number} that the option series names; expected one")
    return [[file for file in files if file.series in found]]


def _is_stack(frames: Sequence[Frame]) -> bool:
    """Whether most frames are parallel to each other."""
    return 3 * len(_largest_direction(frames)) >= 2 * len(frames)


def _largest_direction(frames: Sequence[Frame]) -> list[Frame]:
    groups: list[list[Frame]] = []
    for frame in frames:
        for group in groups:
            if np.abs(group[0].orientation - frame.orientation).max() <= SAME_DIRECTION:
                group.append(frame)
                break
        else:
            groups.append([frame])
    return max(groups, key=len)


def _without_localizers(frames: Sequence[Frame]) -> tuple[list[Frame], list[Frame]]:
    """The frames, and those of a localizer in the same series: a few across all the others."""
    main = _largest_direction(frames)
    inside = {id(frame) for frame in main}
    others = [frame for frame in frames if id(frame) not in inside]
    if not others or len(others) > _FEW or len(main) <= len(others):
        return list(frames), []
    normal = _normal(main[0])
    if all(abs(float(_normal(frame) @ normal)) < _ACROSS_COSINE for frame in others):
        return main, others
    return list(frames), []


def _normal(frame: Frame) -> np.ndarray:
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    return normal / (np.linalg.norm(normal) or 1.0)


def _several(stacks: Sequence[tuple[list[DicomFile], list[Frame]]]) -> str:
    shown = "; ".join(
        f"{len(frames)} slices of {frames[0].size[0]} x {frames[0].size[1]} such as {group[0].path.name!r}"
        for group, frames in stacks[:_SHOWN_SERIES]
    )
    more = f"; and {len(stacks) - _SHOWN_SERIES} more" if len(stacks) > _SHOWN_SERIES else ""
    return (
        f"the folder contains {len(stacks)} DICOM series ({shown}{more}); expected one: put each into its "
        "own folder, or name a series UID or one of its files in the option series"
    )


def _listed(out: Sequence[tuple[str, str]]) -> str:
    kinds = Counter(kind for _, kind in out)
    first = {kind: name for name, kind in reversed(out)}
    return ", ".join(f"{count} of {kind} (such as {first[kind]!r})" for kind, count in sorted(kinds.items()))
