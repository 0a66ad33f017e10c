"""`dataset.json` of nnU-Net and of the Medical Segmentation Decathlon, read as untrusted text.

Labels are written in either direction: `{"0": "background", "1": "liver"}` (Decathlon, nnU-Net v1) or
`{"background": 0, "liver": 1, "kidney": [2, 3]}` (nnU-Net v2, where a list is a region of several values).
Channels are `modality` (v1) or `channel_names` (v2), both from the number of a channel to its name. Source:
MIC-DKFZ/nnUNet, documentation/dataset_format.md and documentation/dataset_format_inference.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from misground.errors import UsageError
from misground.sources.named import Label

NAME: Final = "dataset.json"
MOST_BYTES: Final = 32 << 20
_MOST_LABELS: Final = 65_536
_MAX_VALUE: Final = 65_535
_LONGEST: Final = 500


@dataclass(frozen=True)
class DatasetJson:
    """What a dataset.json says.

    Attributes:
        labels: the labels without the background.
        channels: the names of the channels, by their number.
        name: name of the data set; "" if it has none, as for the next two.
        licence: its licence.
        reference: where it comes from.
        training: the label files that it lists, relative to it; () if it lists none.
    """

    labels: tuple[Label, ...]
    channels: tuple[str, ...]
    name: str = ""
    licence: str = ""
    reference: str = ""
    training: tuple[str, ...] = ()


def read_dataset_json(path: Path) -> DatasetJson:
    """Read a dataset.json.

    Raises:
        UsageError: with the file's name, if it is too large or no JSON object, or its labels or channels have
            another form.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UsageError(f"{NAME} has {size} bytes, expected at most {MOST_BYTES}")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{NAME} cannot be read ({error.strerror}), expected a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{NAME} is not JSON, expected an object with labels and channels") from error
    if not isinstance(content, dict):
        raise UsageError(f"{NAME} is {type(content).__name__}, expected an object with labels and channels")
    licence = content.get("licence", content.get("license"))
    return DatasetJson(
        labels=_labels(content.get("labels")),
        channels=_channels(content.get("channel_names", content.get("modality", {}))),
        name=_text(content.get("name")),
        licence=_text(licence),
        reference=_text(content.get("reference")),
        training=_training(content.get("training")),
    )


def _labels(found: Any) -> tuple[Label, ...]:
    if not isinstance(found, dict) or not found or len(found) > _MOST_LABELS:
        raise UsageError(f"{NAME}: labels is {_kind(found)}, expected an object of names and values")
    if all(_is_value(key) for key in found) and all(isinstance(name, str) for name in found.values()):
        pairs = [(str(name), [key]) for key, name in found.items()]
    else:
        pairs = [(str(name), value if isinstance(value, list) else [value]) for name, value in found.items()]
    labels = []
    for name, values in pairs:
        if not values or not all(_is_value(value) for value in values):
            raise UsageError(
                f"{NAME}: label {name[:60]!r} has the value {str(values)[:60]}, expected whole numbers from "
                f"0 to {_MAX_VALUE}"
            )
        numbers = tuple(dict.fromkeys(number for value in values if (number := int(value))))
        if numbers:
            labels.append(Label(name, numbers))
    return tuple(labels)


def _channels(found: Any) -> tuple[str, ...]:
    if isinstance(found, list):
        found = dict(enumerate(found))
    if not isinstance(found, dict) or not all(_is_value(key) for key in found):
        raise UsageError(f"{NAME}: the channels are {_kind(found)}, expected an object of numbers and names")
    ordered = sorted((int(number), _text(name)) for number, name in found.items())
    if [number for number, _ in ordered] != list(range(len(ordered))):
        raise UsageError(
            f"{NAME}: the channels are {sorted(map(str, found))[:8]}, expected numbers from 0 on"
        )
    return tuple(name for _, name in ordered)


def _training(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        return ()
    files = (entry.get("label") for entry in found if isinstance(entry, Mapping))
    return tuple(file for file in files if isinstance(file, str))


def _is_value(value: Any) -> bool:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= _MAX_VALUE


def _text(value: Any) -> str:
    """A text of one line; "" for anything else. A list of texts is joined."""
    parts = value if isinstance(value, list) else [value]
    return " ".join(" ".join(part.split()) for part in parts if isinstance(part, str))[:_LONGEST]


def _kind(value: Any) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
