"""What tissue a structure is made of, as far as a CT shows it: the basis of checks by Hounsfield units.

The ranges are wide on purpose: they hold for children and the old, with and without contrast medium.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Tissue = Literal["lung", "bone", "cartilage", "bowel", "soft"]
TISSUES: Final[tuple[Tissue, ...]] = get_args(Tissue)

USUAL_HU: Final[Mapping[Tissue, tuple[float, float]]] = MappingProxyType(
    {
        "lung": (-840.0, 120.0),
        "bone": (220.0, 90.0),
        "cartilage": (95.0, 45.0),
        "bowel": (20.0, 250.0),  # with gas, stool or contrast medium in it
        "soft": (55.0, 60.0),
    }
)
"""Mean and standard deviation, in Hounsfield units, of a structure's median."""

_BONES: Final = frozenset(
    f"{name}{side}"
    for name, sides in {
        "sacrum": ("",),
        "vertebrae": ("",),
        "sternum": ("",),
        **dict.fromkeys(("hip", "femur", "humerus", "scapula", "clavicula", "ribs"), ("_left", "_right")),
    }.items()
    for side in sides
) | {"femur", "tibia", "patella", "fibula"}
_BOWEL: Final = frozenset({"colon", "stomach", "small_bowel", "duodenum", "esophagus"})


def tissue_of(key: str) -> Tissue:
    """The tissue of a structure, by its key.

    Examples:
        >>> tissue_of("lung_upper_lobe_left"), tissue_of("hip_right"), tissue_of("liver")
        ('lung', 'bone', 'soft')
    """
    if key.startswith("lung_") or key == "trachea":
        return "lung"
    if key in _BONES:
        return "bone"
    if "cartilage" in key:
        return "cartilage"
    return "bowel" if key in _BOWEL else "soft"
