"""The folder that TotalSegmentator writes for one scan: class files, and no scan beside them.

`misground check totalsegmentator:FOLDER` reads it, since labels are compared with anatomy without a scan. A
build needs the scan, and therefore a case folder.
"""

from functools import partial
from pathlib import Path
from typing import Final

from misground.records import CaseRef, RawCase
from misground.sources.label_sets import class_values, label_values
from misground.sources.listing import parse_source
from misground.sources.totalsegmentator.folder import class_version
from misground.volumes import merge_class_files

LABELS_ALONE: Final = "totalsegmentator (labels alone)"
_SUFFIX: Final = ".nii.gz"
_FEWEST: Final = 2


def output_folder(source: str) -> CaseRef | None:
    """The case in a folder of class files; None if the SOURCE is of another kind or has its scans.

    Args:
        source: a SOURCE string.

    Raises:
        UsageError: it is not a SOURCE.
    """
    kind, argument, options = parse_source(source)
    folder = Path(argument).expanduser()
    if kind != "totalsegmentator" or options or not folder.is_dir():
        return None
    files = {
        p.name.removesuffix(_SUFFIX): p for p in folder.glob(f"*{_SUFFIX}") if not p.name.startswith(".")
    }
    task = _task(frozenset(files))
    values = class_values(task)
    known = tuple(sorted((values[name], path) for name, path in files.items() if name in values))
    if len(known) < _FEWEST or files.keys() & {"ct", "mri"}:
        return None
    return CaseRef(
        case_id=folder.resolve().name,
        modality="mri" if task == "total_mr" else "ct",
        region="torso",
        source=LABELS_ALONE,
        read=partial(_read, known, task),
        fingerprint="",
    )


def _task(names: frozenset[str]) -> str:
    """The task whose classes these are: `total_mr` only if it has more of them than the others."""
    ct = class_version(names, "total")
    return (
        "total_mr"
        if len(names & class_values("total_mr").keys()) > len(names & class_values(ct).keys())
        else ct
    )


def _read(files: tuple[tuple[int, Path], ...], task: str) -> RawCase:
    """The class files as a case whose scan, which nobody looks at, is the label map."""
    values = label_values(task)
    merged = merge_class_files(dict(files))
    return RawCase(
        scan=merged.volume,
        labels=merged.volume,
        structures=values.structures,
        ignored=values.ignored,
        overlap_voxels=merged.overlap_voxels,
    )
