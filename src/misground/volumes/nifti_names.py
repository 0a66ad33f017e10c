"""Names of label values in a NIfTI header extension: the label table of Caret and Connectome Workbench.

TotalSegmentator writes the same XML for its multi-label files (`--ml`), with extension code 0 instead of 30.
Source: nifti1_io documentation of header extensions (nifti.nimh.nih.gov), GIFTI/CIFTI label tables of
Connectome Workbench, TotalSegmentator's `nifti_ext_header.py`.
"""

from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

from misground.errors import CaseError
from misground.volumes.files import Readable, open_bytes

_HEADERS: Final = (348, 540)
_ORDERS: Final[tuple[Literal["little", "big"], ...]] = ("little", "big")
MOST_BYTES: Final = 4 << 20
"""Bytes of extensions that are read; the label table of 117 structures has 12,000."""
MOST_NAMES: Final = 65_536


def nifti_label_names(path: Path) -> dict[int, str] | None:
    """Label value -> name in a .nii or .nii.gz file, without the background; None if it names nothing.

    Raises:
        CaseError: there is a label table that cannot be read, or that names a value in two ways.
    """
    with open_bytes(path) as stream:
        content = _extensions(stream)
    tables = [text for text in content if b"<LabelTable" in text]
    if not tables:
        return None
    names: dict[int, str] = {}
    for value, name in (pair for text in tables for pair in _labels(text)):
        if names.setdefault(value, name) != name:
            raise CaseError(
                f"its header names the value {value} {names[value][:60]!r} and {name[:60]!r}; expected one"
            )
    names.pop(0, None)
    return names or None


def _extensions(stream: Readable) -> list[bytes]:
    """The contents of the header extensions. A header that is no NIfTI has none: its reader says so."""
    head = stream.read(4)
    order = next((o for o in _ORDERS if int.from_bytes(head, o) in _HEADERS), None)
    if order is None or len(head) < 4:
        return []
    length = int.from_bytes(head, order)
    rest = stream.read(length - 4 + 4)
    if len(rest) < length or rest[-4] == 0:  # the four bytes after the header say whether extensions follow
        return []
    found: list[bytes] = []
    left = MOST_BYTES
    while left >= 16:
        start = stream.read(8)
        size = int.from_bytes(start[:4], order)
        if len(start) < 8 or size < 16 or size % 16 or size > left:
            break
        found.append(stream.read(size - 8))
        left -= size
    return found


def _labels(text: bytes) -> list[tuple[int, str]]:
    """The values and names of a label table. A document type, which could define entities, is refused."""
    text = text.rstrip(b"\0 \r\n\t")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise CaseError("its header has a label table with a document type; expected plain XML")
    try:
        labels = list(ET.fromstring(text).iter("Label"))  # no document type, limited size
        pairs = [(int(label.attrib["Key"]), " ".join((label.text or "").split())) for label in labels]
    except (ET.ParseError, KeyError, ValueError) as error:
        raise CaseError(
            "its header has a label table that cannot be read; expected labels with a Key"
        ) from error
    if len(pairs) > MOST_NAMES:
        raise CaseError(f"its header names {len(pairs)} labels; expected at most {MOST_NAMES}")
    return [(value, name) for value, name in pairs if name]
