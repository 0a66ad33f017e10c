"""The cases in a TotalSegmentator folder, without those excluded by `meta.csv` or the known-bad list."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from misground.errors import WorkError
from misground.records import CaseRef, Skipped, SourceListing
from misground.sources import attributions
from misground.sources.label_sets import data_table
from misground.sources.options import check_options
from misground.sources.totalsegmentator.folder import SOURCE, CaseFolder
from misground.sources.totalsegmentator.splits import META, Split, read_split
from misground.sources.totalsegmentator.walk import find_cases

_OPTIONS: Final = {"split": None, "labels": ("v1", "v2", "v3", "total_mr_56"), "known_bad": ("keep",)}
_VERSIONS: Final[Mapping[str, str]] = {
    "v1": "total_v1",
    "v2": "total",
    "v3": "total_v3",
    "total_mr_56": "total_mr_56",
}


def list_totalsegmentator(directory: Path, options: Mapping[str, str]) -> SourceListing:
    """The cases in a TotalSegmentator folder, at any depth, sorted. No volume is opened.

    Raises:
        UsageError: an option is wrong, or meta.csv does not have the split.
        WorkError: no folder contains a scan or labels.
    """
    check_options(SOURCE, options, _OPTIONS)
    split = read_split(directory, options["split"]) if "split" in options else None
    version = _VERSIONS[options.get("labels", "v2")]
    found = sorted(find_cases(directory, version), key=lambda folder: folder.case_id)
    if not found:
        raise WorkError(
            f"{SOURCE}:{directory} has no cases, expected <case>/ct.nii.gz or <case>/mri.nii.gz, and "
            "<case>/segmentations/<class>.nii.gz or <case>/segmentation.nii.gz"
        )
    chosen = [folder for folder in found if split is None or folder.name in split.case_ids]
    if split and not chosen:
        raise WorkError(f"{SOURCE}:{directory} has no cases of split {split.name!r}")
    notes = (_notes(chosen, found, split, named=named) for named in (True, False))
    return _listing(chosen, "known_bad" in options, *notes)


def known_bad() -> dict[str, str]:
    """Case id -> the known fault of its scan or labels.

    These are cases of the CT data set; the MRI data set uses the same names for other scans.
    """
    rows = data_table("known_bad.csv").rows
    return {row.get("case_id"): f"{row.get('reason')} ({row.get('reference')})" for row in rows}


def _listing(
    folders: list[CaseFolder], keep_known_bad: bool, notes: tuple[str, ...], nameless: tuple[str, ...]
) -> SourceListing:
    bad = {} if keep_known_bad else known_bad()
    refs, skipped = [], []
    for folder in folders:
        if not isinstance(folder.outcome, CaseRef):
            skipped.append(Skipped(folder.case_id, SOURCE, folder.outcome))
        elif folder.outcome.modality == "ct" and folder.name in bad:
            reason = f"known bad: {bad[folder.name]}; to use it, add the option known_bad=keep"
            skipped.append(Skipped(folder.case_id, SOURCE, reason))
        else:
            refs.append(folder.outcome)
    modalities = {ref.modality for ref in refs}
    attribution = attributions.totalsegmentator(modalities)
    return SourceListing(tuple(refs), tuple(skipped), attribution, notes, nameless)


def _notes(
    chosen: list[CaseFolder], found: list[CaseFolder], split: Split | None, *, named: bool
) -> tuple[str, ...]:
    notes = []
    extra = sorted({name for folder in chosen for name in folder.extra})
    if extra:
        shown = ", ".join(extra[:5]) + (", ..." if len(extra) > 5 else "")
        cases = sum(bool(folder.extra) for folder in chosen)
        note = f"{len(extra)} class names are not classes of the task and are ignored in {cases} cases"
        notes.append(f"{note}: {shown}" if named else note)
    if split:
        present = {folder.name for folder in found}
        if missing := len(split.case_ids - present):
            notes.append(f"{missing} cases of split {split.name} have no folder")
        if unlisted := len(present - split.listed):
            notes.append(f"{unlisted} folders are not in {META} and are left out")
    return tuple(notes)
