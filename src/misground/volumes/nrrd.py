"""NRRD (.nrrd, .nhdr): the header is checked here, then SimpleITK reads the data.

Teem's reader, which ITK uses, reports truncated or corrupt data. ITK silently assumes LPS+ for a file without
a space; here, such a file is refused. Source: https://teem.sourceforge.net/nrrd/format.html.
"""

import math
from pathlib import Path
from typing import Final

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.files import MAX_VOXELS, check_length, check_voxels
from misground.volumes.itk import read_itk
from misground.volumes.text_header import TextHeader, beside, read_nrrd_header

_SPACES: Final = {
    "left-posterior-superior",
    "lps",
    "right-anterior-superior",
    "ras",
    "left-anterior-superior",
    "las",
}
_BYTES: Final = {
    1: ("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"),
    2: (
        *("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
        *("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    ),
    4: ("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"),
    8: (
        *("longlong", "long long", "long long int", "signed long long", "signed long long int"),
        *(
            "int64",
            "int64_t",
            "ulonglong",
            "unsigned long long",
            "unsigned long long int",
            "uint64",
            "uint64_t",
        ),
        "double",
    ),
}
_ENCODINGS: Final = {"raw": False, "gzip": True, "gz": True}


def read_nrrd(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """An NRRD volume in the file's axis order. Raises CaseError if it cannot be used."""
    header = read_nrrd_header(path)
    shape = check_voxels(header.numbers("sizes", int), max_voxels)
    if len(header.numbers("sizes", int)) != 3:
        raise CaseError("found a fourth axis; expected a 3-D volume")
    space = header.fields.get("space", "").lower()
    if space not in _SPACES or "space directions" not in header.fields:
        found = f"space {space[:40]!r}" if space else "no space"
        raise CaseError(
            f"found {found} and {'no ' * ('space directions' not in header.fields)}space directions, so left "
            "and right are unknown; expected the directions in LPS, RAS or LAS"
        )
    encoding = header.fields.get("encoding", "").lower()
    if encoding not in _ENCODINGS:
        raise CaseError(f"found encoding {encoding[:40]!r}; expected {', '.join(_ENCODINGS)}")
    name = header.fields.get("data file", header.fields.get("datafile"))
    data_path, start = (path, header.end) if name is None else (beside(path, name), 0)
    n_bytes = math.prod(shape) * _item_bytes(header)
    check_length(data_path, start * (not _ENCODINGS[encoding]) + n_bytes, compressed=_ENCODINGS[encoding])
    return read_itk(path, shape)


def _item_bytes(header: TextHeader) -> int:
    name = header.fields.get("type", "no type").lower()
    for n_bytes, names in _BYTES.items():
        if name in names:
            return n_bytes
    raise CaseError(f"found voxels of {name[:40]}; expected real numbers of at most 64 bits")
