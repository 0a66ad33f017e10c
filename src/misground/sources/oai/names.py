"""What the name of a knee file implies: whether it contains labels, its case, and its side.

A stem is a file name without its volume suffix; its words are separated by `_`, `.`, `-` or a space. Label
words at the end of a stem (`right_knee_labels`, `9001104.segmentation_masks`) mark a label file, and so does
a folder of label files (`labelsTr`, `masks`). The rest of the stem names the case. Scan words
(`oaizib_001_0000`, `9001104_dess`) are removed only for pairing.
"""

import re
from collections.abc import Iterable
from typing import Final

from misground.records import KneeSide
from misground.sources.files import same_text

LABEL_WORDS: Final = frozenset(
    {"label", "labels", "labl", "mask", "masks", "seg", "segs", "segmentation", "segmentations"}
)
SCAN_WORDS: Final = frozenset({"0000", "dess", "image", "img", "mri", "scan", "volume"})
_SIDE_WORDS: Final[dict[str, KneeSide]] = {"right": "right", "r": "right", "left": "left", "l": "left"}
_LABEL_FOLDER: Final = re.compile(r"labels?(tr|ts|val)?|masks?|segs?|segmentations?|segmentation_masks")
_SEPARATOR: Final = re.compile(r"[_.\- ]")


def without_words(stem: str, words: frozenset[str]) -> str:
    """A stem without its last words that are among `words` (ignoring case); "" if all of them are."""
    while stem:
        parts = _SEPARATOR.split(stem)
        if parts[-1].lower() not in words:
            return stem
        stem = stem[: -len(parts[-1]) - 1] if len(parts) > 1 else ""
    return stem


def is_label_stem(stem: str) -> bool:
    """Whether a stem ends in a label word."""
    return without_words(stem, LABEL_WORDS) != stem


def is_label_folder(name: str) -> bool:
    """Whether a folder's name implies that its files are labels."""
    return _LABEL_FOLDER.fullmatch(name.lower()) is not None


def case_stem(stem: str) -> str:
    """A label file's stem without its label words, which names the case; "" if nothing is left."""
    return without_words(stem, LABEL_WORDS)


def pairing_key(stem: str) -> str:
    """The key that a scan shares with its labels: the stem without label and scan words, in lower case."""
    return same_text(without_words(without_words(stem, LABEL_WORDS), SCAN_WORDS)).lower()


def side_in_words(names: Iterable[str]) -> KneeSide | None:
    """The side that names state by the word right or left; None if they have neither word, or both."""
    words = {word for name in names for word in re.findall(r"[a-z0-9]+", name.lower())}
    sides: set[KneeSide] = {_SIDE_WORDS[word] for word in words & {"right", "left"}}
    return sides.pop() if len(sides) == 1 else None


def side_from_names(names: Iterable[str]) -> KneeSide | None:
    """The side from the first name with right, left, R or L as a whole word, but not both sides.

    A single letter is a weak sign: it may stand for a run, a repetition or a list as well.
    """
    for name in names:
        words = re.findall(r"[a-z0-9]+", name.lower())
        sides = {_SIDE_WORDS[word] for word in words if word in _SIDE_WORDS}
        if len(sides) == 1:
            return sides.pop()
    return None
