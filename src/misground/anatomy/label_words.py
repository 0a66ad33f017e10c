"""The words of a label's name, and its side: "Kidney_L", "LKidney" and "kidney (left)" are alike."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

LONGEST_NAME: Final = 200
"""Characters of a label's name that are looked at. Real names have up to about 60."""
_SIDES: Final = {
    **dict.fromkeys(("left", "l", "lt", "lft"), "left"),
    **dict.fromkeys(("right", "r", "rt", "rgt"), "right"),
}
_KNEE_SIDES: Final = {
    **dict.fromkeys(("medial", "med", "medialis"), "medial"),
    **dict.fromkeys(("lateral", "lat", "lateralis"), "lateral"),
}
# Longest first: "rtkidney" is not "r" and "tkidney".
_FUSED: Final = ("right", "left", "rt", "lt", "r", "l")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_FILLERS: Final = frozenset({"the", "of", "mask", "seg", "segmentation", "label", "organ"})
_BOTH: Final = frozenset({"both", "bilateral"})
_KINDS: Final = frozenset({"muscle", "muscles", "bone", "bones", "gland", "glands"})


@dataclass(frozen=True)
class LabelWords:
    """A name taken apart.

    Attributes:
        forms: the name without its side, as one word in lower case: as written, without words that carry no
            meaning, and without the word for its kind (muscle, bone, gland).
        sides: left, right, medial, lateral; several if the name has several.
        knee_sides: for a knee, left and right, which say which knee it is and not which part.
    """

    forms: tuple[str, ...]
    sides: frozenset[str]
    knee_sides: frozenset[str] = frozenset()


def plain(name: str) -> str:
    """A name as one word in lower case, letters and digits alone.

    Examples:
        >>> plain("Portal vein & splenic_vein")
        'portalveinsplenicvein'
    """
    return "".join(words(name))


def words(name: str) -> list[str]:
    """The words of a name in lower case; a capital letter within a word starts a new one.

    Examples:
        >>> words("LKidney"), words("kidney_L"), words("Vertebra L5")
        (['l', 'kidney'], ['kidney', 'l'], ['vertebra', 'l5'])
    """
    text = unicodedata.normalize("NFKC", name[:LONGEST_NAME])
    return _WORD.findall(_CAMEL.sub(" ", text).casefold())


def take_apart(name: str, region: str, paired: Collection[str]) -> LabelWords:
    """The forms and the side of a name.

    Args:
        name: the name as a file has it.
        region: torso or knee. In a knee the side of a structure is medial or lateral.
        paired: names in plain form that need a side; only these may be fused with one ("lkidney").
    """
    found = words(name)
    table = _KNEE_SIDES if region == "knee" else _SIDES
    sides = {table[word] for word in found if word in table}
    knee = {_SIDES[word] for word in found if word in _SIDES} if region == "knee" else set()
    if _BOTH & set(found):
        sides |= set(table.values())
    rest = [word for word in found if word not in table and not (region == "knee" and word in _SIDES)]
    joints = _BOTH | {"and"} if len(sides) > 1 else _BOTH
    rest = [word for word in rest if word not in joints]
    short = [word for word in rest if word not in _FILLERS]
    bare = [word for word in short if word not in _KINDS]
    forms = tuple(dict.fromkeys("".join(one) for one in (rest, short, bare) if one))
    if not sides and region != "knee" and forms and not any(form in paired for form in forms):
        split = next((fused for form in forms if (fused := _unfused(form, paired))), None)
        if split:
            return LabelWords((split[0],), frozenset({split[1]}))
    return LabelWords(forms, frozenset(sides), frozenset(knee))


def _unfused(form: str, paired: Collection[str]) -> tuple[str, str] | None:
    """A paired name and the side that is written together with it; None if there is none."""
    for side in _FUSED:
        for rest in (form.removeprefix(side), form.removesuffix(side)):
            if rest != form and rest in paired:
                return rest, _SIDES[side]
    return None
