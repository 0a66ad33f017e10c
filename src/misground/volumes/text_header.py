"""The text headers of NRRD and MetaImage files, with one `key: value` or `key = value` per line.

A header is untrusted. It is parsed here and nowhere else, with limits, and no library sees a byte of it:
libraries allocate what a header claims, and open the files that it names. What could be understood in two
ways (a key twice, a control character inside a line, a header without an end) is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from misground.errors import CaseError

MOST_BYTES: Final = 1 << 20
"""Longest header, in bytes. Real ones have a few hundred, those of 3D Slicer some ten thousand."""
_MOST_NUMBERS: Final = 64
_SHOWN: Final = 60
_BLANKS: Final = " \t"
_NUMBER: Final[Mapping[object, re.Pattern[str]]] = {
    int: re.compile(r"[+-]?[0-9]{1,18}"),
    float: re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+|nan|inf)(?:e[+-]?[0-9]+)?", re.IGNORECASE),
}
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# The fields of the standard (https://teem.sourceforge.net/nrrd/format.html), without blanks: "data file" may
# also be written "datafile". An unknown field is refused, because it might be a misspelt one that matters.
_NRRD_FIELDS: Final = {
    name.replace(" ", ""): name
    for name in (
        *("dimension", "type", "block size", "encoding", "endian", "content", "min", "max", "old min"),
        *("old max", "data file", "line skip", "byte skip", "number", "sample units", "sizes", "spacings"),
        *("thicknesses", "axis mins", "axis maxs", "centers", "centerings", "labels", "units", "kinds"),
        *("space", "space dimension", "space units", "space origin", "space directions", "measurement frame"),
    )
}
_T = TypeVar("_T", int, float)


@dataclass(frozen=True)
class TextHeader:
    """The fields by name, as text, and the end of the header in its file, in bytes.

    Attributes:
        fields: the fields of the standard.
        end: where the header ends.
        pairs: the `key:=value` pairs of an NRRD file in their order, as 3D Slicer writes for segments.
    """

    fields: Mapping[str, str]
    end: int
    pairs: tuple[tuple[str, str], ...] = ()

    def numbers(self, key: str, kind: Callable[[str], _T], count: int | None = None) -> tuple[_T, ...]:
        """A field of numbers separated by blanks. Raises CaseError if it is missing or malformed."""
        text = self.fields.get(key)
        if text is None:
            raise CaseError(f"the header has no {key!r}")
        values = parse_numbers(text.split(), kind)
        if values is None:
            raise CaseError(f"the header's {key!r} is {text[:_SHOWN]!r}; expected numbers")
        if count is not None and len(values) != count:
            raise CaseError(f"the header's {key!r} has {len(values)} numbers; expected {count}")
        return values


def parse_numbers(words: list[str], kind: Callable[[str], _T]) -> tuple[_T, ...] | None:
    """The numbers that some words stand for, in plain digits; None if one is not a number, or if too many."""
    if len(words) > _MOST_NUMBERS or not all(_NUMBER[kind].fullmatch(word) for word in words):
        return None
    return tuple(kind(word) for word in words)


def read_nrrd_header(path: Path) -> TextHeader:
    """The fields of an NRRD file up to its first empty line, by the names of the standard.

    Comments are left out. `key:=value` pairs, which say nothing about the voxels, are kept apart.

    Raises:
        CaseError: it is not an NRRD header; or it is longer than `MOST_BYTES`, or has a line of another form,
            an unknown field, or a field twice.
    """
    lines, end = _lines(path, lambda line: not line, b"NRRD000")
    if not lines or not re.fullmatch(r"NRRD000[1-9]", lines[0].rstrip(_BLANKS)):
        raise CaseError("not an NRRD file: it does not start with NRRD000")
    fields: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(lines[1:], start=2):
        key, colon, value = line.partition(":")
        if not line or line.startswith("#"):
            continue
        if value.startswith("="):
            pairs.append((key, value[1:]))
            continue
        name = _NRRD_FIELDS.get(_plain(key).replace(" ", ""))
        if not colon or name is None:
            raise CaseError(f"line {number} of the header is not a field of NRRD files")
        _set_once(fields, name, value)
    return TextHeader(fields, end, tuple(pairs))


def read_metaimage_header(path: Path) -> TextHeader:
    """The fields of a MetaImage file up to ElementDataFile, which ends its header.

    Raises:
        CaseError: it is not a MetaImage header; or it is longer than `MOST_BYTES`, or has a field twice.
    """
    lines, end = _lines(path, lambda line: line.partition("=")[0].strip(_BLANKS) == "ElementDataFile")
    fields: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if equals:
            _set_once(fields, key.strip(_BLANKS), value)
    if "ElementDataFile" not in fields:
        raise CaseError("not a MetaImage file: its header has no ElementDataFile")
    return TextHeader(fields, end)


def _plain(key: str) -> str:
    """A key in lower case; other alphabets are left alone, since some of their letters become plain ones."""
    key = key.strip(_BLANKS)
    return key.lower() if key.isascii() else key


def _set_once(fields: dict[str, str], key: str, value: str) -> None:
    if key in fields:
        raise CaseError(f"the header has {key[:_SHOWN]!r} twice; expected it once")
    fields[key] = value.strip(_BLANKS)


def _lines(path: Path, last: Callable[[str], bool], magic: bytes = b"") -> tuple[list[str], int]:
    """The lines of a header without their ends (line feed, or carriage return and line feed), and its length.

    Nothing further is read from a file that does not start with `magic`.
    """
    lines: list[str] = []
    end = 0
    with path.open("rb") as stream:
        if not stream.read(len(magic)).startswith(magic):
            return lines, end
        stream.seek(0)
        while raw := stream.readline(MOST_BYTES + 1 - end):
            end += len(raw)
            if end > MOST_BYTES:
                raise CaseError(f"its header does not end within {MOST_BYTES} bytes; expected a short one")
            raw = raw.removesuffix(b"\n").removesuffix(b"\r")
            if _CONTROL.search(raw):
                raise CaseError(f"line {len(lines) + 1} of the header has control characters; expected text")
            lines.append(raw.decode("utf-8", "replace"))
            if last(lines[-1]):
                break
    return lines, end
