"""The knees in a folder: label files and scans, paired by name."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final, cast

from misground.anatomy import LabelSet
from misground.errors import WorkError
from misground.records import CaseRef, Skipped, SourceListing
from misground.sources import attributions
from misground.sources.file_names import with_list
from misground.sources.files import fingerprint, readable
from misground.sources.oai.names import pairing_key, side_from_names, side_in_words
from misground.sources.oai.pairing import Pair, pair, unpaired
from misground.sources.oai.places import Places, find_places
from misground.sources.oai.reading import AffineRule, KneeFiles, read_knee
from misground.sources.oai.sets import KNEE_LABEL_SETS, layout_label_set
from misground.sources.oai.sides import SideTables, side_tables
from misground.sources.options import check_options

SOURCE: Final = "oai"
MADE_SOURCE: Final = "oai (intensity made from labels)"
_OPTIONS: Final = {"labels": KNEE_LABEL_SETS, "scan": ("labels",), "affine": ("scan", "axes"), "series": None}


def list_oai(directory: Path, options: Mapping[str, str]) -> SourceListing:
    """The knees in a folder and its subfolders, sorted by case id. No volume is opened.

    A label file without a scan is skipped. If the folder has no scans and nothing that may be one, or with
    scan=labels, the pictures are made from the labels.

    Raises:
        UsageError: an option is wrong.
        WorkError: there are no label files.
    """
    check_options(SOURCE, options, _OPTIONS)
    places = find_places(directory)
    if not places.labels:
        raise WorkError(
            f"{SOURCE}:{directory} has no cases, expected label files such as <case>_labels.nrrd, "
            "labelsTr/<case>.nii.gz or <case>.segmentation_masks.mhd"
        )
    doubtful = bool(places.unknown or places.unreadable)
    made = options.get("scan") == "labels" or not (places.scans or doubtful)
    scans = () if made else places.scans
    pairs = pair(places.labels, scans, directory.resolve().name)
    tables = side_tables(directory)
    refs, skipped = [], []
    used: dict[str, Pair] = {}
    for one in pairs:
        if (one.scan or made) and used.setdefault(one.case_id, one) is not one:
            first = readable(used[one.case_id].labels.path.name)
            name = readable(one.labels.path.name)
            reason = (
                f"{name!r} has labels of the same knee as {first!r}, which is used: expected one label file"
            )
            skipped.append(Skipped(readable(one.case_id), SOURCE, reason))
        elif one.scan or made:
            refs.append(_case(directory, one, made, options, tables))
        else:
            reason = one.reason or f"no scan found for {one.labels.path.name}"
            expected = f"expected one named {pairing_key(one.labels.stem) or 'image'}, or scan=labels"
            nameless = f"{'several scans' if one.reason else 'no scan'} found for its label file"
            nameless += ": expected one of the same name, or scan=labels"
            skipped.append(
                Skipped(readable(one.case_id), SOURCE, readable(f"{reason}: {expected}"), nameless)
            )
    notes = _notes(made, options, unpaired(scans, pairs), places.unreadable)
    return SourceListing(
        refs=tuple(refs),
        skipped=tuple(skipped),
        attribution=attributions.oai(_label_sets(pairs, options)),
        notes=(*tables.notes, *_unknown(places, made), *notes),
        nameless_notes=(*_nameless(tables), *_unknown(places, made, named=False), *notes),
    )


def _case(directory: Path, one: Pair, made: bool, options: Mapping[str, str], tables: SideTables) -> CaseRef:
    case_id = readable(one.case_id)
    stems = [one.case_id, one.labels.stem, *([one.scan.stem] if one.scan else [])]
    keys = [key for key in map(pairing_key, stems) if key]
    by_table = next((tables.sides[key] for key in keys if key in tables.sides), None)
    by_code = next((tables.hints[key] for key in keys if key in tables.hints), None)
    folders = [*reversed(one.labels.folder.parts), *(reversed(one.scan.folder.parts) if one.scan else [])]
    named = [one.labels.stem, *([one.scan.stem] if one.scan and not one.scan.dicom else [])]
    files = KneeFiles(
        case_id=case_id,
        labels=directory / one.labels.path,
        scan=directory / one.scan.path if one.scan else None,
        label_set=cast("LabelSet | None", options.get("labels")),
        layout=layout_label_set(one.labels),
        side=by_table or side_in_words(named),
        hint=by_code or side_from_names([*stems, *folders]),
        affine=cast(AffineRule, options.get("affine", "own")),
        series=options.get("series", ""),
    )
    paths = [*with_list(files.labels), *([files.scan] if files.scan else [])]
    settings: dict[str, object] = {
        "labels": files.label_set,
        "layout": files.layout,
        "side": files.side,
        "affine": files.affine,
    }
    settings |= {"hint": files.hint, "series": files.series}
    return CaseRef(
        case_id=case_id,
        modality="mri",
        region="knee",
        source=MADE_SOURCE if made else SOURCE,
        read=partial(read_knee, files),
        fingerprint=fingerprint(paths, directory, settings | {"case_id": case_id}),
    )


def _unknown(places: Places, made: bool, *, named: bool = True) -> tuple[str, ...]:
    """That no pictures are made from labels, because some file may be a scan."""
    if made or places.scans or not places.unknown:
        return ()
    shown = f", such as {readable(places.unknown[0].name)!r}" if named else ""
    return (
        f"{len(places.unknown)} files cannot be read and may be scans{shown}: no pictures are made from "
        "labels; expected NIfTI, NRRD, MetaImage or DICOM, or scan=labels",
    )


def _nameless(tables: SideTables) -> tuple[str, ...]:
    return (f"{len(tables.notes)} remarks on tables of sides",) if tables.notes else ()


def _label_sets(pairs: tuple[Pair, ...], options: Mapping[str, str]) -> set[LabelSet]:
    if "labels" in options:
        return {cast("LabelSet", options["labels"])}
    return {layout for one in pairs if (layout := layout_label_set(one.labels))}


def _notes(made: bool, options: Mapping[str, str], unused: int, unreadable: int) -> tuple[str, ...]:
    notes = []
    if made:
        why = "as requested by scan=labels" if "scan" in options else "because the folder has no scans"
        notes.append(f"INTENSITY MADE FROM LABELS, {why}: the pictures of these knees are not MRI")
    elif "affine" in options:
        notes.append(f"affine={options['affine']}: the label files' own position in the patient is not used")
    if unused:
        notes.append(f"{unused} scans have no label file and are not used")
    if unreadable:
        notes.append(f"{unreadable} folders cannot be read and are ignored")
    return tuple(notes)
