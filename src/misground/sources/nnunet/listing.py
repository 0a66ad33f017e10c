"""The cases of an nnU-Net or Decathlon folder; labels are matched to structures by their names."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final, cast

from misground.errors import UsageError, WorkError
from misground.records import Attribution, CaseRef, KneeSide, Modality, Region, Skipped, SourceListing
from misground.sources.file_names import with_list
from misground.sources.files import fingerprint, readable
from misground.sources.label_sets import known_sets
from misground.sources.modalities import modality_of
from misground.sources.named import Resolved, read_label_map, resolve
from misground.sources.named.label_map import OPTION as MAP
from misground.sources.named.resolving import region_of
from misground.sources.named.sets import labels_of_set
from misground.sources.nnunet import dataset_json
from misground.sources.nnunet.dataset_json import DatasetJson
from misground.sources.nnunet.places import Found, find_cases
from misground.sources.nnunet.reading import NnunetFiles, read_nnunet
from misground.sources.oai.names import side_from_names
from misground.sources.options import check_options

SOURCE: Final = "nnunet"
_NOT_STATED: Final = "not stated"
MODALITIES: Final = ("ct", "mri")
REGIONS: Final = ("torso", "knee")
SIDES: Final = ("right", "left")


def list_nnunet(directory: Path, options: Mapping[str, str]) -> SourceListing:
    """The cases with labels in imagesTr and labelsTr, and in further pairs of folders, sorted by case id.

    No volume is opened.

    Raises:
        UsageError: an option, dataset.json or the user's table is wrong, or the modality is not known.
        WorkError: there are no label files, or no label means a structure.
    """
    allowed = {"channel": None, "modality": MODALITIES, "region": REGIONS, "side": SIDES, MAP: None}
    check_options(SOURCE, options, allowed | {"labels": known_sets()})
    content = _content(directory, options)
    channel = _channel(content, options.get("channel"))
    modality = _modality(content, channel, options.get("modality"))
    region = cast(Region, options.get("region") or region_of(content.labels))
    table = read_label_map(options[MAP], region) if MAP in options else None
    resolved = resolve(content.labels, region, SOURCE, table)
    cases, unused = find_cases(directory, channel)
    if not cases:
        raise WorkError(
            f"{SOURCE}:{directory} has no cases, expected labelsTr/CASE.nii.gz and imagesTr/CASE_0000.nii.gz"
        )
    if resolved.none_matched:
        names = ", ".join(repr(row.name) for row in resolved.rows[:5])
        raise WorkError(
            f"{SOURCE}:{directory}: no label means a structure of docs/structures.md, found {names}: "
            f"name them in a table and add {MAP}=FILE"
        )
    refs, skipped = [], []
    for case in sorted(cases, key=lambda one: one.case_id):
        if case.scan is None:
            nameless = (
                "no scan found for its label file, expected one of the same name in the folder of scans"
            )
            skipped.append(Skipped(readable(case.case_id), SOURCE, readable(case.missing), nameless))
        else:
            refs.append(_case(directory, case, channel, modality, region, resolved, options.get("side")))
    return SourceListing(
        refs=tuple(refs),
        skipped=(*skipped, *_listed_only(directory, content, cases)),
        attribution=_attribution(content),
        notes=_notes(content, channel, modality, unused),
        label_names=resolved.rows,
    )


def _content(directory: Path, options: Mapping[str, str]) -> DatasetJson:
    path = directory / dataset_json.NAME
    content = dataset_json.read_dataset_json(path) if path.is_file() else None
    if "labels" in options:
        labels = labels_of_set(options["labels"])
        return DatasetJson(labels, content.channels if content else ())
    if content is None:
        below = sorted(p.parent.name for p in directory.glob(f"*/{dataset_json.NAME}"))
        hint = f"; {len(below)} folders in it have one, such as {below[0]}" if below else ""
        raise UsageError(
            f"{SOURCE}: {dataset_json.NAME} is missing, expected it in the folder, or a known label set in "
            f"the option labels{hint}"
        )
    return content


def _channel(content: DatasetJson, asked: str | None) -> int:
    """The number of the channel, which may be given by its name; the first by default."""
    if asked is None:
        return 0
    names = [name.casefold() for name in content.channels]
    if names.count(asked.casefold()) == 1:
        return names.index(asked.casefold())
    if asked.isascii() and asked.isdigit() and (not names or int(asked) < len(names)) and int(asked) < 10_000:
        return int(asked)
    expected = ", ".join(f"{i} ({name})" for i, name in enumerate(content.channels)) or "a number from 0 on"
    raise UsageError(f"{SOURCE}: channel is {asked!r}, expected {expected}")


def _modality(content: DatasetJson, channel: int, asked: str | None) -> Modality:
    if asked:
        return cast(Modality, asked)
    name = content.channels[channel] if channel < len(content.channels) else ""
    if found := modality_of(name):
        return found
    raise UsageError(
        f"{SOURCE}: channel {channel} is {name!r} in {dataset_json.NAME}, expected CT, MRI or the name of an "
        "MRI sequence: add modality=ct or modality=mri"
    )


def _case(
    directory: Path,
    case: Found,
    channel: int,
    modality: Modality,
    region: Region,
    resolved: Resolved,
    side: str | None,
) -> CaseRef:
    assert case.scan is not None
    own = tuple(resolved.knee_sides) if len(resolved.knee_sides) == 1 else ()
    told = side or (own[0] if own else None) or side_from_names([case.case_id])
    files = NnunetFiles(
        scan=case.scan,
        channel=channel if case.in_axis else None,
        labels=case.labels,
        structures=dict(resolved.structures),
        ignored=resolved.ignored,
        region=region,
        side=cast("KneeSide | None", told if region == "knee" else None),
    )
    text = repr((sorted(resolved.structures.items()), sorted(resolved.ignored)))
    settings = {
        "channel": channel,
        "modality": modality,
        "region": region,
        "side": files.side,
        "values": hashlib.sha256(text.encode()).hexdigest(),
    }
    return CaseRef(
        case_id=readable(case.case_id),
        modality=modality,
        region=region,
        source=SOURCE,
        read=partial(read_nnunet, files),
        fingerprint=fingerprint([case.scan, *with_list(case.labels)], directory, settings),
    )


def _listed_only(directory: Path, content: DatasetJson, cases: tuple[Found, ...]) -> list[Skipped]:
    """Cases that dataset.json lists, but whose label file is not there."""
    there = {case.labels.name for case in cases}
    names = dict.fromkeys(Path(file).name for file in content.training)
    gone = (name for name in names if name not in there and not (directory / "labelsTr" / name).exists())
    reason = f"{dataset_json.NAME} lists its label file, which is not in labelsTr"
    return [Skipped(readable(name), SOURCE, reason) for name in gone if name and not name.startswith(".")]


def _attribution(content: DatasetJson) -> Attribution:
    return Attribution(
        source=SOURCE,
        title=content.name or "user's data set",
        licence=content.licence or _NOT_STATED,
        citation=content.reference or _NOT_STATED,
    )


def _notes(content: DatasetJson, channel: int, modality: Modality, unused: int) -> tuple[str, ...]:
    notes = []
    if len(content.channels) > 1:
        names = ", ".join(f"{i} ({name})" for i, name in enumerate(content.channels))
        notes.append(f"channel {channel} of {names} is shown, as {modality}: choose another by channel=")
    if not content.licence:
        notes.append(f"{dataset_json.NAME} states no licence: it is {_NOT_STATED} on the card")
    if unused:
        notes.append(f"{unused} scans have no label file and are not used")
    return tuple(notes)
