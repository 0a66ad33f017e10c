"""The cases of `segmentations:DIR`: scans with segmentations that name their own labels."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, cast

from misground.errors import CaseError, WorkError
from misground.records import (
    Attribution,
    CaseRef,
    KneeSide,
    LabelName,
    Modality,
    Region,
    Skipped,
    SourceListing,
)
from misground.sources.files import fingerprint
from misground.sources.named import LabelMap, read_label_map, resolve
from misground.sources.named.label_map import OPTION as MAP
from misground.sources.named.resolving import region_of
from misground.sources.oai.names import side_from_names
from misground.sources.options import check_options
from misground.sources.segmentations.contents import read_contents
from misground.sources.segmentations.places import Found, find_segmentations
from misground.sources.segmentations.reading import SegmentedFiles, read_segmented

SOURCE: Final = "segmentations"
_NOT_STATED: Final = "not stated"
_OPTIONS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "modality": ("ct", "mri"),
    "region": ("torso", "knee"),
    "side": ("right", "left"),
    "resample": ("nearest",),
    MAP: None,
}


def list_segmentations(directory: Path, options: Mapping[str, str]) -> SourceListing:
    """The segmentations below a folder with their scans. Headers are read, no voxels.

    Raises:
        UsageError: an option or the user's table is wrong, or an extra is missing.
        WorkError: there is no segmentation.
    """
    check_options(SOURCE, options, _OPTIONS)
    table = read_label_map(options[MAP], options.get("region", "torso")) if MAP in options else None
    places = find_segmentations(directory)
    if not places.found and not places.unread:
        raise WorkError(
            f"{SOURCE}:{directory} has no cases, expected .seg.nrrd, DICOM SEG or RTSTRUCT, *_dseg.nii.gz, "
            "or NIfTI files whose header names their labels"
        )
    refs: list[CaseRef] = []
    skipped = [Skipped(name, SOURCE, reason) for name, reason in places.unread]
    rows: list[LabelName] = []
    for one in places.found:
        try:
            ref, own = _case(directory, one, options, table)
        except CaseError as error:
            skipped.append(Skipped(one.case_id, SOURCE, str(error)))
            continue
        refs.append(ref)
        rows += own
    unused = f"{places.unused} scans have no segmentation and are not used"
    return SourceListing(
        refs=tuple(refs),
        skipped=tuple(skipped),
        attribution=Attribution(SOURCE, "user's data set", _NOT_STATED, _NOT_STATED),
        notes=(
            f"{SOURCE}: licence and citation are {_NOT_STATED}",
            *((unused,) if places.unused else ()),
            *(("labels of another grid than their scan are resampled",) if "resample" in options else ()),
        ),
        label_names=_counted(rows),
    )


def _case(
    directory: Path, one: Found, options: Mapping[str, str], table: LabelMap | None
) -> tuple[CaseRef, tuple[LabelName, ...]]:
    if one.scan is None:
        raise CaseError(one.reason)
    modality = cast("Modality | None", options.get("modality") or one.scan.modality)
    if modality is None:
        raise CaseError(f"{one.scan.path.name!r} does not say CT or MRI; add modality=ct or modality=mri")
    contents = read_contents(one.path, one.kind, directory)
    region = cast(Region, options.get("region") or region_of(contents.labels))
    resolved = resolve(contents.labels, region, SOURCE, table)
    if resolved.none_matched:
        names = ", ".join(repr(row.name) for row in resolved.rows[:3])
        raise CaseError(
            f"{one.path.name!r} names no structure of docs/structures.md, found {names}; expected one, or a "
            f"table in {MAP}=FILE"
        )
    own = tuple(resolved.knee_sides) if len(resolved.knee_sides) == 1 else ()
    side = options.get("side") or (own[0] if own else None) or side_from_names([one.case_id, one.path.stem])
    files = SegmentedFiles(
        scan=one.scan.path,
        path=one.path,
        kind=one.kind,
        structures=dict(resolved.structures),
        ignored=resolved.ignored,
        region=region,
        side=cast("KneeSide | None", side if region == "knee" else None),
        nearest=options.get("resample") == "nearest",
        series=contents.series,
    )
    text = repr((sorted(resolved.structures.items()), sorted(resolved.ignored)))
    settings = {
        "modality": modality,
        "region": region,
        "side": files.side,
        "nearest": files.nearest,
        "values": hashlib.sha256(text.encode()).hexdigest(),
    }
    ref = CaseRef(
        case_id=one.case_id,
        modality=modality,
        region=region,
        source=SOURCE,
        read=partial(read_segmented, files),
        fingerprint=fingerprint([one.scan.path, *contents.files], directory, settings),
    )
    return ref, resolved.rows


def _counted(rows: Sequence[LabelName]) -> tuple[LabelName, ...]:
    """Each name once, with the number of files that have it."""
    counts: dict[LabelName, int] = {}
    for row in rows:
        key = replace(row, values="")
        counts[key] = counts.get(key, 0) + 1
    return tuple(replace(row, files=count) for row, count in counts.items())
