"""What a file really is whose name says something else: said by its first bytes, with what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

_HEAD: Final = 256
_FORMS: Final[tuple[tuple[Callable[[bytes], bool], str], ...]] = (
    (
        lambda head: head.startswith(b"\x1f\x8b"),
        "the file is compressed, but its name does not end in .gz; add .gz to its name",
    ),
    (
        lambda head: bool({348, 540} & {int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")}),
        "the file is not compressed, but its name ends in .gz; remove .gz from its name",
    ),
    (
        lambda head: head.startswith(b"NRRD000"),
        "the file is NRRD by its content; give it a name that ends in .nrrd",
    ),
    (
        lambda head: head[128:132] == b"DICM",
        "the file is DICOM by its content; put the slices of its series into a folder of their own",
    ),
    (
        lambda head: head.startswith(b"version https://git-lfs."),
        "the file is a pointer of Git LFS; fetch the data with git lfs pull",
    ),
    (
        lambda head: head.lstrip()[:5].lower() in (b"<!doc", b"<html"),
        "the file is a web page; download the data again",
    ),
    (lambda head: head.startswith(b"PK\x03\x04"), "the file is a zip archive; unpack it"),
)


def other_form(path: Path) -> str:
    """What a file that cannot be read as its name says is instead, and what to do; "" if that is unknown."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return ""
    return next((words for fits, words in _FORMS if fits(head)), "")
