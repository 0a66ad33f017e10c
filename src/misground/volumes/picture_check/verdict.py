"""Does the scan fit its labels? A verdict with the numbers behind it, and how sure it is.

A verdict is reached only on strong evidence. Where a part of the body shows few structures, or the evidence
is weak, it is `unsure`, which keeps the case.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from misground.anatomy import AXES, Axis, axis_index
from misground.records import Case, Modality
from misground.volumes.picture_check.borders import Borders, compare_borders
from misground.volumes.picture_check.intensities import (
    FEW_VALUES,
    Intensities,
    ct_faults,
    looks_like_labels,
    measure_intensities,
)
from misground.volumes.picture_check.sampling import Sample, take_sample

Status = Literal["fits", "contradicts", "unsure", "not tested"]
Fault = Literal["", "mirrored", "unrelated", "noise", "constant", "labels", "units", "few values"]

MIRRORED_BY: Final = 0.05
"""Borders must show better by this much after a mirroring, and by MIRRORED_ERRORS standard errors."""
MIRRORED_ERRORS: Final = 4.0
UNRELATED_BELOW: Final[dict[Modality, float]] = {"ct": 0.56, "mri": 0.53}
"""Borders that show no better than this do not show. Right scans, and every crop and part of one that was
tried, reach 0.63 or more; noise, and any scan of something else, 0.49 to 0.56."""
FEWEST_BORDERS: Final = 500
FEWEST_STRUCTURES: Final = 4
_NOISE: Final = 0.15
WORDS: Final[dict[Axis, str]] = {"x": "left to right", "y": "front to back", "z": "upside down"}


@dataclass(frozen=True)
class PictureVerdict:
    """Whether a scan fits its labels.

    Attributes:
        status: fits, contradicts, unsure, or not tested (there is no scan).
        fault: the kind of fault; "" if there is none.
        text: the verdict in words, with its numbers.
        flip: the axes along which the scan looks mirrored against its labels; () if it does not.
        borders: how well the borders of the labels show in the scan.
        intensities: the intensities, measured after undoing `flip`.
    """

    status: Status
    fault: Fault
    text: str
    flip: tuple[Axis, ...]
    borders: Borders
    intensities: Intensities

    @property
    def contradicts(self) -> bool:
        """Whether the scan contradicts its labels."""
        return self.status == "contradicts"


def check_picture(case: Case, sample: Sample | None = None) -> PictureVerdict:
    """Compare a scan with its labels.

    Args:
        case: the case.
        sample: its sample, if it was taken before.
    """
    sample = take_sample(case) if sample is None else sample
    borders = compare_borders(sample)
    flip = _flip(borders)
    intensities = measure_intensities(sample, case.structures, [axis_index(axis) for axis in flip])
    status, fault, text = _judge(case, sample, borders, flip, intensities)
    return PictureVerdict(status, fault, text, flip, borders, intensities)


def no_picture() -> PictureVerdict:
    """The verdict on a case without a scan."""
    borders = Borders(math.nan, {}, 0, 0, math.nan)
    intensities = Intensities(math.nan, math.nan, 0, 0, {}, math.nan, math.nan)
    return PictureVerdict("not tested", "", "not tested, there is none", (), borders, intensities)


def _flip(borders: Borders) -> tuple[Axis, ...]:
    """The axes of a mirroring that clearly fits better; () if there is none."""
    if not borders.mirrored:
        return ()
    best = borders.best_flip
    gain = borders.mirrored[best] - borders.as_is
    return best if gain >= max(MIRRORED_BY, MIRRORED_ERRORS * borders.error) else ()


def _judge(
    case: Case, sample: Sample, borders: Borders, flip: tuple[Axis, ...], found: Intensities
) -> tuple[Status, Fault, str]:
    if found.low == found.high:
        return "contradicts", "constant", f"every voxel of the scan is {found.low:g}"
    if looks_like_labels(sample, len(case.structures)):
        return "contradicts", "labels", "the scan looks like a label map: each structure has one value"
    units = list(ct_faults(found)) if case.facts.modality == "ct" else []
    if flip:
        return "contradicts", "mirrored", "; ".join([mirrored_text(borders, flip), *units])
    if found.distinct <= FEW_VALUES:
        return "unsure", "few values", f"the scan has only {found.distinct} different values: is it a mask?"
    return _unmirrored(case, borders, found, units)


def _unmirrored(
    case: Case, borders: Borders, found: Intensities, units: list[str]
) -> tuple[Status, Fault, str]:
    few = len(case.structures) < FEWEST_STRUCTURES or not borders.border_pairs >= FEWEST_BORDERS
    if borders.as_is < UNRELATED_BELOW[case.facts.modality] and not few:
        noise = abs(found.neighbours) < _NOISE
        what = "the scan looks like noise" if noise else "the scan does not show what its labels outline"
        shown = f"borders of labels show in it with {borders.as_is:.2f} (0.5 is chance), also when mirrored"
        return "contradicts", "noise" if noise else "unrelated", "; ".join([f"{what}: {shown}", *units])
    if units:
        return "contradicts", "units", f"the scan is not in Hounsfield units: {'; '.join(units)}"
    if math.isnan(borders.as_is):
        return "unsure", "", "too few labelled voxels to compare the scan with"
    if few or borders.as_is - max(borders.mirrored.values()) < 2 * borders.error:
        return "unsure", "", f"too few borders to be sure (they show with {borders.as_is:.2f})"
    return "fits", "", f"fits ({borders.as_is:.2f})"


def mirrored_text(borders: Borders, flip: tuple[Axis, ...]) -> str:
    """That the scan is mirrored against its labels, in words."""
    return (
        f"the scan looks mirrored {' and '.join(WORDS[a] for a in flip)} against its labels: "
        f"borders of labels show in it with {borders.mirrored[flip]:.2f} after a flip of {axes_text(flip)}, "
        f"{borders.as_is:.2f} as it is (0.5 is chance)"
    )


def axes_text(axes: tuple[Axis, ...]) -> str:
    """Axes in words, such as "x", "x and z"."""
    ordered = sorted(axes, key=AXES.index)
    return " and ".join([", ".join(ordered[:-1]), ordered[-1]]) if len(ordered) > 1 else "".join(ordered)
