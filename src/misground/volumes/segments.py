"""The segments of a 3D Slicer segmentation (.seg.nrrd): name, code, layer and value of each.

Source: slicer.readthedocs.io, developer guide, "Segmentation labelmap file format (.seg.nrrd)".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from misground.errors import CaseError

_FIELD: Final = re.compile(r"Segment([0-9]{1,6})_([A-Za-z]+)")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
MOST_SEGMENTS: Final = 10_000
_TERMINOLOGY: Final = "TerminologyEntry:"


@dataclass(frozen=True)
class Code:
    """A coded concept: scheme ("SCT"), value, and meaning in words."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Segment:
    """One segment: the voxels of its layer that have its value.

    Attributes:
        name: the name that people see.
        layer: index along the list axis; 0 if there is none.
        value: its label value in the layer.
        category: the code of its category, such as anatomical structure.
        type: the code of what it is.
        modifier: the code of its side.
    """

    name: str
    layer: int = 0
    value: int = 1
    category: Code | None = None
    type: Code | None = None
    modifier: Code | None = None


def parse_segments(pairs: Sequence[tuple[str, str]]) -> tuple[Segment, ...]:
    """The segments in the `key:=value` pairs of an NRRD header, by their number; () if there are none.

    A file before Slicer 4.11 has no layers and values: segment i is layer i with the value 1.

    Raises:
        CaseError: a field is given twice, a layer or value is not a number, or there are too many segments.
    """
    fields: dict[int, dict[str, str]] = {}
    for key, value in pairs:
        match = _FIELD.fullmatch(key)
        if not match:
            continue
        own = fields.setdefault(int(match[1]), {})
        if match[2] in own:
            raise CaseError(f"the header has {key[:60]!r} twice; expected it once")
        own[match[2]] = value
    if len(fields) > MOST_SEGMENTS:
        raise CaseError(f"found {len(fields)} segments; expected at most {MOST_SEGMENTS}")
    return tuple(_segment(number, fields[number]) for number in sorted(fields))


def segment_names(segments: Sequence[Segment]) -> dict[int, str]:
    """Label value -> name of the segments of a single layer. Raises CaseError if a value has two names."""
    names: dict[int, str] = {}
    for segment in segments:
        if names.setdefault(segment.value, segment.name) != segment.name:
            raise CaseError(
                f"the segments {names[segment.value][:60]!r} and {segment.name[:60]!r} both have the value "
                f"{segment.value}; expected a value each"
            )
    return names


def _segment(number: int, fields: dict[str, str]) -> Segment:
    name = " ".join(_unescaped(fields.get("Name", fields.get("ID", ""))).split())
    layer = _whole(number, fields, "Layer", number)
    value = _whole(number, fields, "LabelValue", 1)
    entry = next(
        (tag for tag in fields.get("Tags", "").split("|") if tag.strip().startswith(_TERMINOLOGY)), ""
    )
    category, kind, modifier = _codes(entry.strip().removeprefix(_TERMINOLOGY))
    return Segment(name or f"segment {number}", layer, value, category, kind, modifier)


def _whole(number: int, fields: dict[str, str], field: str, default: int) -> int:
    text = fields.get(field, str(default)).strip()
    if not _NUMBER.fullmatch(text):
        raise CaseError(f"Segment{number}_{field} is {text[:40]!r}; expected a whole number")
    return int(text)


def _codes(entry: str) -> tuple[Code | None, Code | None, Code | None]:
    """Category, type and modifier in a terminology entry "context~category~type~modifier~..."."""
    parts = entry.split("~")
    found = [_code(parts[index]) if len(parts) > index else None for index in (1, 2, 3)]
    return found[0], found[1], found[2]


def _code(text: str) -> Code | None:
    parts = [*text.strip().split("^"), "", "", ""][:3]
    return Code(*parts) if parts[1] else None


def _unescaped(text: str) -> str:
    """A value of an NRRD pair: the two escapes of the standard."""
    return text.replace("\\n", " ").replace("\\\\", "\\")
