"""OAI-ZIB labels that depend on the knee's side: the menisci, and the tibial cartilage, which is one label.

Values 1 to 3 are femur, femoral cartilage and tibia. 4 is the whole tibial cartilage. 5 and 6 are the menisci
of an extension; 5 lies on the patient's right in both knees, so it is lateral in a right knee and medial in a
left knee. Here, the position decides, not the value.
"""

from dataclasses import dataclass
from typing import Final

import cc3d
import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Structure, structure_table
from misground.records import KneeSide, Volume
from misground.sources.label_sets import label_values
from misground.sources.oai.geometry import bounding_box, centroid_mm, shifted

TIBIA: Final = 3
TIBIAL_CARTILAGE: Final = 4
MENISCI: Final = (5, 6)
# Share of the label's voxels from which a 26-connected component of the tibial cartilage is a large part.
LARGE_PART: Final = 0.1
# Two parts, or two menisci, are medial and lateral only if their centroids are this far apart along RAS x; a
# single meniscus must be half as far from the tibia's centroid.
MIN_APART_MM: Final = 10.0


@dataclass(frozen=True)
class SidedLabels:
    """A label map whose values are assigned to structures according to the knee's side.

    Attributes:
        labels: the label map.
        structures: label value -> structure.
        ignored: known values without a structure.
    """

    labels: Volume
    structures: dict[int, Structure]
    ignored: frozenset[int]


def sided_labels(labels: Volume, side: KneeSide) -> SidedLabels:
    """Name the menisci, and split the tibial cartilage if it has exactly two large parts.

    A tibial cartilage with another number of large parts, or with parts that do not lie side by side, is
    ignored as a whole; small specks beside two large parts become background.

    Args:
        labels: (I, J, K) in the order of the file; not modified.
        side: the knee's side.
    """
    values = label_values("oai_zib")
    structures = dict(values.structures) | _menisci(labels, side)
    ignored = values.ignored - structures.keys()
    parts = _tibial_cartilages(labels, side)
    if parts is None:
        return SidedLabels(labels, structures, ignored)
    box, masks = parts
    data = labels.data.astype(np.result_type(labels.data.dtype, np.uint8))
    data[data == TIBIAL_CARTILAGE] = 0
    known = structures.keys() | ignored
    unused = (value for value in range(1, 256) if value not in known and not (labels.data == value).any())
    for key, mask in masks.items():
        value = next(unused)
        data[box][mask] = value
        structures[value] = structure_table().structures[key]
    return SidedLabels(Volume(data, labels.affine), structures, ignored - structures.keys())


def _menisci(labels: Volume, side: KneeSide) -> dict[int, Structure]:
    """Value -> structure of the menisci that occur and whose position identifies them."""
    masks = {value: labels.data == value for value in (*MENISCI, TIBIA)}
    x = {v: float(centroid_mm(mask, labels.affine)[0]) for v, mask in masks.items() if mask.any()}
    present = [value for value in MENISCI if value in x]
    if len(present) == 2:
        if abs(x[present[0]] - x[present[1]]) < MIN_APART_MM:
            return {}
        middle = (x[present[0]] + x[present[1]]) / 2
    elif len(present) == 1 and TIBIA in x and abs(x[present[0]] - x[TIBIA]) >= MIN_APART_MM / 2:
        middle = x[TIBIA]
    else:
        return {}
    table = structure_table().structures
    return {value: table[f"{_compartment(x[value] > middle, side)}_meniscus"] for value in present}


def _tibial_cartilages(
    labels: Volume, side: KneeSide
) -> tuple[tuple[slice, slice, slice], dict[str, NDArray[np.bool_]]] | None:
    """The bounding box of the tibial cartilage and, within it, the mask of each cartilage by key."""
    whole = labels.data == TIBIAL_CARTILAGE
    if not whole.any():
        return None
    box = bounding_box(whole)
    components = cc3d.connected_components(np.ascontiguousarray(whole[box]), connectivity=26)
    sizes = np.bincount(components.ravel())[1:]
    large = np.flatnonzero(sizes >= LARGE_PART * sizes.sum()) + 1
    if len(large) != 2:
        return None
    affine = shifted(labels.affine, box)
    masks = [components == component for component in large]
    x = [float(centroid_mm(mask, affine)[0]) for mask in masks]
    if abs(x[0] - x[1]) < MIN_APART_MM:
        return None
    keys = [f"{_compartment(mine > other, side)}_tibial_cartilage" for mine, other in (x, x[::-1])]
    return box, dict(zip(keys, masks, strict=True))


def _compartment(towards_right: bool, side: KneeSide) -> str:
    # A right knee's lateral compartment lies towards the patient's right, a left knee's towards the left.
    return "lateral" if towards_right == (side == "right") else "medial"
