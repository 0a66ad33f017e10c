"""The text headers of NRRD and MetaImage files, with one `key: value` or `key = value` per line.

They are checked before any library opens the file, because libraries allocate what a header claims and open
the files that it names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from misground.errors import CaseError

_MOST_BYTES: Final = 1 << 20
_T = TypeVar("_T")


@dataclass(frozen=True)
class TextHeader:
    """The fields by name, as text, and the end of the header in its file, in bytes."""

    fields: Mapping[str, str]
    end: int

    def numbers(self, key: str, kind: Callable[[str], _T], count: int | None = None) -> tuple[_T, ...]:
        """A field of numbers separated by spaces. Raises CaseError if it is missing or malformed."""
        text = self.fields.get(key)
        if text is None:
            raise CaseError(f"the header has no {key!r}")
        try:
            values = tuple(kind(word) for word in text.split())
        except ValueError as error:
            raise CaseError(f"the header's {key!r} is {text[:60]!r}; expected numbers") from error
        if count is not None and len(values) != count:
            raise CaseError(f"the header's {key!r} has {len(values)} numbers; expected {count}")
        return values


def read_nrrd_header(path: Path) -> TextHeader:
    """The fields of an NRRD file (names in lower case) up to its first empty line."""
    lines, end = _lines(path, lambda line: not line.strip())
    if not lines or not lines[0].startswith("NRRD000"):
        raise CaseError("not an NRRD file: it does not start with NRRD000")
    fields = {}
    for line in lines[1:]:
        key, colon, value = line.partition(":")
        if colon and not line.startswith("#") and not value.startswith("="):
            fields[key.strip().lower()] = value.strip()
    return TextHeader(fields, end)


def read_metaimage_header(path: Path) -> TextHeader:
    """The fields of a MetaImage file up to ElementDataFile, which ends its header."""
    lines, end = _lines(path, lambda line: line.partition("=")[0].strip() == "ElementDataFile")
    pairs = (line.partition("=") for line in lines)
    fields = {key.strip(): value.strip() for key, equals, value in pairs if equals}
    if "ElementDataFile" not in fields:
        raise CaseError("not a MetaImage file: its header has no ElementDataFile")
    return TextHeader(fields, end)


def beside(path: Path, name: str) -> Path:
    """The data file that a header names, which must be a plain file name in the header's folder."""
    if not name or Path(name).name != name or "\\" in name:
        raise CaseError("the header names a data file outside its folder")
    data = path.parent / name
    if not data.is_file():
        raise CaseError(f"its data file {name!r} is missing")
    return data


def _lines(path: Path, last: Callable[[str], bool]) -> tuple[list[str], int]:
    lines: list[str] = []
    end = 0
    with path.open("rb") as stream:
        while raw := stream.readline(_MOST_BYTES - end):
            end += len(raw)
            lines.append(raw.decode("utf-8", "replace").rstrip("\r\n"))
            if last(lines[-1]):
                break
    return lines, end
