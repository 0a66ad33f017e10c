"""Which structure a SNOMED CT code means, as DICOM segmentations and 3D Slicer write it."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from misground.anatomy.structures import structure_table

SCHEMES: Final = frozenset({"SCT", "2.16.840.1.113883.6.96"})
"""Names of SNOMED CT as a coding scheme. Source: DICOM PS3.16, table 8-1."""
ALTERED: Final = "49755003"
"""The category "morphologically altered structure": a lesion, not the organ in which it lies."""
LATERALITY: Final[Mapping[str, str]] = {"7771000": "left", "24028007": "right"}


def match_code(code: str, laterality: str | None, region: str) -> tuple[str, ...]:
    """The structures of a region that a code means: none, one, or those that differ in what it leaves out.

    Args:
        code: the concept of the structure.
        laterality: the concept of its side; None if there is none.
        region: torso or knee.

    Examples:
        >>> match_code("64033007", "7771000", "torso")
        ('kidney_left',)
        >>> match_code("64033007", None, "torso")
        ('kidney_right', 'kidney_left')
    """
    own = _by_code().get((region, code), {})
    if laterality is None:
        return tuple(own.values())
    exact = own.get(laterality)
    if exact is not None:
        return (exact,)
    # A middle line structure with a side is a part of it; in a knee, the side says which knee it is.
    return tuple(own.values()) if region == "knee" and set(own) == {None} else ()


@cache
def _by_code() -> dict[tuple[str, str], dict[str | None, str]]:
    found: dict[tuple[str, str], dict[str | None, str]] = {}
    for structure in structure_table().structures.values():
        if structure.snomed_ct:
            own = found.setdefault((structure.region, structure.snomed_ct), {})
            own[structure.snomed_ct_laterality] = structure.key
    return found
