"""One case folder of a TotalSegmentator data set: `ct.nii.gz` (or `mri.nii.gz`) and its labels.

Labels are class files, `segmentations/<class>.nii.gz`, or one multi-label file, the first existing one of
`MULTI_LABEL_NAMES`. Class files take precedence, and their names determine the version. A class without a
file is absent. Every form of volume that can be read may replace `.nii.gz`.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from misground.records import CaseRef, Modality, RawCase
from misground.sources.file_names import named_values, with_list, with_values
from misground.sources.files import fingerprint, readable, same_text
from misground.sources.label_sets import class_values, label_values
from misground.sources.totalsegmentator.found import case_files
from misground.volumes import merge_class_files, read_volume

SOURCE: Final = "totalsegmentator"
# Version 3 numbers a sixth lumbar vertebra where version 2 has the first sacral one.
_ONLY_IN_V3: Final = "vertebrae_L6"
_NOT_IN_V3: Final = "vertebrae_S1"


@dataclass(frozen=True)
class CaseFolder:
    """The content of one case folder.

    Attributes:
        case_id: the case.
        outcome: the case, or why it cannot be used.
        extra: names of class files that are not classes of the task.
    """

    case_id: str
    outcome: CaseRef | str
    extra: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's own name, in one Unicode form, by which tables call the case."""
        return same_text(self.case_id.rpartition("/")[2])


def look_into(folder: Path, version: str) -> CaseFolder | None:
    """The content of a folder; None if it has neither a scan nor labels.

    Args:
        folder: the folder.
        version: the label set of a multi-label CT file and of ambiguous class files; also of an MRI scan, if
            it is a set of MRI.
    """
    case_id = readable(folder.name if folder.name not in ("", "..") else folder.resolve().name)
    try:
        return _look_into(folder, case_id, version)
    except OSError as error:
        return CaseFolder(case_id, f"the case folder cannot be read ({error.strerror})")


def class_version(names: frozenset[str], undecided: str) -> str:
    """`total` or `total_v1`, whichever has more of these names that the other version lacks, or `total_v3`.

    Other tasks of TotalSegmentator write class files into the same folder (heart chambers, face), so a single
    name of the other version is not decisive.

    Args:
        names: names of the class files.
        undecided: the result of a tie.
    """
    v1, v2 = class_values("total_v1").keys(), class_values("total").keys()
    only_v1, only_v2 = len(names & (v1 - v2)), len(names & (v2 - v1))
    found = undecided if only_v1 == only_v2 else "total" if only_v2 > only_v1 else "total_v1"
    return "total_v3" if found == "total" and _ONLY_IN_V3 in names and _NOT_IN_V3 not in names else found


def read_class_files(scan: Path, files: tuple[tuple[int, Path], ...], labels: str) -> RawCase:
    """Read a scan and its class files (value, path); where files overlap, the lowest value wins."""
    values = label_values(labels)
    merged = merge_class_files(dict(files))
    return RawCase(
        scan=read_volume(scan),
        labels=merged.volume,
        structures=values.structures,
        ignored=values.ignored,
        overlap_voxels=merged.overlap_voxels,
    )


def read_multi_label(scan: Path, file: Path, labels: str) -> RawCase:
    """Read a scan and its multi-label file; names that the file carries win over the numbers of the set."""
    values = label_values(labels)
    named = named_values(file, values)
    raw = RawCase(
        scan=read_volume(scan),
        labels=read_volume(file),
        structures=values.structures,
        ignored=values.ignored,
        label_set=labels,
    )
    return with_values(raw, named)


def _look_into(folder: Path, case_id: str, version: str) -> CaseFolder | None:
    there = case_files(folder)
    scans, classes, multi_label = there.scans, there.classes, there.multi_label
    if not scans and not classes and not multi_label and not there.odd:
        return None
    if there.odd:
        return CaseFolder(case_id, f"{there.odd}, expected a volume")
    if len(scans) != 1:
        found = "both a CT and an MRI scan" if scans else "labels but no scan"
        other = f"; {readable(there.others[0])!r} is named like neither" if there.others and not scans else ""
        return CaseFolder(case_id, f"found {found}, expected ct.nii.gz or mri.nii.gz{other}")
    ((modality, scan),) = scans.items()
    mri = version if "_mr" in version else "total_mr"
    task = mri if modality == "mri" else class_version(frozenset(classes), version)
    values = class_values(task)
    files = tuple(sorted((values[name], path) for name, path in classes.items() if name in values))
    if files:
        extra = tuple(sorted(map(readable, classes.keys() - values.keys())))
        read = partial(read_class_files, scan, files, task)
        ref = _case(folder, case_id, modality, read, [scan, *(path for _, path in files)], task)
        return CaseFolder(case_id, replace(ref, read_scan=partial(read_volume, scan)), extra)
    if multi_label:
        task = mri if modality == "mri" else version
        read = partial(read_multi_label, scan, multi_label, task)
        return CaseFolder(
            case_id, _case(folder, case_id, modality, read, [scan, *with_list(multi_label)], task)
        )
    expected = "segmentations/<class>.nii.gz with class names of the task, or segmentation.nii.gz"
    return CaseFolder(case_id, f"found a scan but no labels, expected {expected}")


def _case(
    folder: Path, case_id: str, modality: Modality, read: partial[RawCase], files: list[Path], task: str
) -> CaseRef:
    return CaseRef(
        case_id=case_id,
        modality=modality,
        region="torso",
        source=SOURCE,
        read=read,
        fingerprint=fingerprint(files, folder, {"labels": task}),
    )
