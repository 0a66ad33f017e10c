"""Detection of the label set that a knee's label map uses.

An option takes precedence. Otherwise, the two largest labels decide, which are the bones: 5 and 6 in `oai`, 1
and 3 in `oai_zib` and `oaizib_cm`. These two are distinguished by the layout (`labelsTr`: oaizib_cm,
`*.segmentation_masks.mhd`: oai_zib); without a known layout, value 5 without 6 means oaizib_cm, anything else
oai_zib. Bones 1 and 3 together with a value above 6 belong to none of these sets, since other sets number
lesions like this. If the bones do not decide, a value from 7 to 10 means oai; otherwise the layout decides
(`*_labels.nrrd`: oai).
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import LabelSet
from misground.errors import CaseError
from misground.sources.oai.names import without_words
from misground.sources.oai.pairing import VolumePlace

KNEE_LABEL_SETS: Final[tuple[LabelSet, ...]] = ("oai", "oai_zib", "oaizib_cm")
_ONLY_IN_OAI: Final = frozenset({7, 8, 9, 10})
_LARGEST_OF_ZIB: Final = 6
_MOST_VALUES: Final = 1_000
_SHOWN: Final = 12


def layout_label_set(place: VolumePlace) -> LabelSet | None:
    """The label set that a label file's folder and name suggest; None if they suggest none."""
    stem = place.stem.lower()
    if place.folder.name.lower() in ("labelstr", "labelsts"):
        return "oaizib_cm"
    if stem.endswith("segmentation_masks"):
        return "oai_zib"
    if place.path.suffix.lower() == ".nrrd" and without_words(stem, frozenset({"labels"})) != stem:
        return "oai"
    return None


def voxels_by_value(labels: NDArray[np.generic]) -> dict[int, int]:
    """Value -> number of voxels, for every whole number except 0 in a label map (I, J, K).

    Raises:
        CaseError: there are more values than in any label map, as in a scan.
    """
    counts: dict[int, int] = {}
    # Slab by slab along the slowest axis, since sorting the whole map would need several times its memory.
    for slab in np.moveaxis(labels, int(np.argmax(labels.strides)), 0):
        values, voxels = np.unique(slab, return_counts=True)
        for value, count in zip(values.tolist(), voxels.tolist(), strict=True):
            if value and np.isfinite(value) and value == int(value):
                counts[int(value)] = counts.get(int(value), 0) + count
        if len(counts) > _MOST_VALUES:
            raise CaseError(
                f"the labels have more than {_MOST_VALUES} values, expected a label map of a knee"
            )
    return counts


def tell_label_set(voxels: Mapping[int, int], layout: LabelSet | None) -> LabelSet:
    """The label set of a label map, by the rule above.

    Args:
        voxels: value -> number of voxels.
        layout: the label set that the layout suggests.

    Raises:
        CaseError: the label set cannot be determined.
    """
    bones = set(sorted(voxels, key=lambda value: (-voxels[value], value))[:2])
    if bones == {5, 6}:
        return "oai"
    if bones == {1, 3} and max(voxels) <= _LARGEST_OF_ZIB:
        if layout in ("oai_zib", "oaizib_cm"):
            return layout
        return "oaizib_cm" if 5 in voxels and 6 not in voxels else "oai_zib"
    if bones != {1, 3} and _ONLY_IN_OAI & voxels.keys():
        return "oai"
    if bones == {1, 3} or layout is None:
        values = sorted(voxels)
        shown = ", ".join(map(str, values[:_SHOWN])) + (", ..." if len(values) > _SHOWN else "")
        raise CaseError(
            f"the label values ({shown or 'none'}) do not determine the label set: expected the bones as the "
            f"two largest labels, or the option labels={'|'.join(KNEE_LABEL_SETS)}"
        )
    return layout
