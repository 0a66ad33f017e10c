"""Sentences without the names of cases and files, for builds with --hash-case-ids.

A file's name often identifies a case, too (`subject_name_ct.nii.gz`). Reasons and errors write such names in
quotes, so everything in quotes is hidden, except words that are the same for every case.
"""

import ast
import re
from collections.abc import Collection
from functools import cache
from typing import Final

from misground.anatomy import structure_table
from misground.sources.files import volume_stem
from misground.sources.label_sets import class_values

HIDDEN: Final = "(hidden)"
# A quote after a letter is an apostrophe. Names are quoted by repr, so an unescaped equal quote ends them.
_QUOTED: Final = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
# Errors about tables that show the first line, which may be a case if the header is missing.
_COLUMNS: Final = (
    (re.compile(r"(missing column [^:]*?), found .*", re.DOTALL), r"\1"),
    (re.compile(r"(repeated|unknown) column .*, expected", re.DOTALL), r"\1 column, expected"),
)
_LAYOUT_STEMS: Final = frozenset(
    {"ct", "mri", "scan", "image", "segmentation", "segmentations", "label", "labels", "mask"}
)
_HEADER_WORDS: Final = frozenset(
    {"sizes", "space directions", "space origin", "line skip", "byte skip", "data file", "dimension"}
    | {"DimSize", "TransformMatrix", "ElementSpacing", "HeaderSize", "ElementDataFile", "Offset"}
)


def hide_names(text: str, kept: Collection[str] = ()) -> str:
    """A sentence with `(hidden)` in the place of every name that might identify a case.

    Args:
        text: the sentence.
        kept: names to show because the user typed them.
    """
    for pattern, instead in _COLUMNS:
        text = pattern.sub(instead, text)
    return _QUOTED.sub(lambda match: match[0] if _is_common(match[0], kept) else HIDDEN, text)


def _is_common(quoted: str, kept: Collection[str]) -> bool:
    try:
        word = ast.literal_eval(quoted)
    except (ValueError, SyntaxError):
        return False
    return word in _HEADER_WORDS or word in kept or (volume_stem(word) or "") in _common_stems()


@cache
def _common_stems() -> frozenset[str]:
    """Stems of files that the layouts of data sets prescribe."""
    classes = (name for task in ("total", "total_v1", "total_mr") for name in class_values(task))
    return _LAYOUT_STEMS | structure_table().structures.keys() | frozenset(classes)
