"""Slices that show what contradicts anatomy, or that the scan does not fit its labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Axis, Plane, axis_index, slice_axis_index
from misground.benchmark.check.hypotheses import swapped_pairs
from misground.benchmark.check.verdict import CaseVerdict
from misground.benchmark.check.words import name_of
from misground.coordinates import canvas, plane_slice, to_screen
from misground.records import Case
from misground.rendering.png import encode
from misground.rendering.style import COLORS, rgb
from misground.volumes.self_check import Finding, clearest, finding_words
from misground.volumes.window import apply_window

SIZE: Final = 384
"""Pixels along the longer side of a picture."""
MOST_PICTURES: Final = 3
_TRANSPARENT: Final = 0.45
_SOFT: Final = (-160.0, 240.0)
_OTHER: Final = (200, 200, 80)
_PLANE: Final[dict[Axis, Plane]] = {"x": "coronal", "y": "sagittal", "z": "coronal"}

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """A slice with its caption.

    Attributes:
        png: the picture, a PNG file.
        caption: what it shows, plain text.
    """

    png: bytes
    caption: str


def case_pictures(case: Case, verdict: CaseVerdict) -> tuple[Picture, ...]:
    """Pictures of what contradicts in a case: of its labels, and of its scan against them."""
    found = list(_of_labels(case, verdict))[:MOST_PICTURES]
    if verdict.picture.contradicts:
        found += _of_scan(case, verdict)
    return tuple(found)


def _of_labels(case: Case, verdict: CaseVerdict) -> Iterator[Picture]:
    best = verdict.hypotheses[0] if verdict.hypotheses else None
    if best is not None and best.kind == "labels swapped":
        for a, b in swapped_pairs(best.structures):
            yield _pair(case, a, b, "coronal", f"labelled {name_of(a)} and {name_of(b)}")
        return
    if best is not None and best.kind == "misplaced":
        key = best.structures[0]
        yield _pair(case, key, None, "coronal", f"labelled {name_of(key)}")
    for finding in clearest(verdict.body.contradicted):
        yield _of_finding(case, finding, verdict)


def _of_finding(case: Case, finding: Finding, verdict: CaseVerdict) -> Picture:
    relation = finding.relation
    words = finding_words(finding, verdict.body.side)
    return _pair(case, relation.structure_a, relation.structure_b, _PLANE[relation.axis], words)


def _pair(case: Case, a: str, b: str | None, plane: Plane, words: str) -> Picture:
    keys = [structure.key for structure in case.structures]
    numbers = [keys.index(key) + 1 for key in (a, b) if key is not None]
    index = _best_slice(case, numbers, plane)
    labels = _shown(plane_slice(case.labels, plane, index), case, plane)
    grey = _shown(_window(plane_slice(case.scan, plane, index), case), case, plane)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    for number, label in zip(numbers, ("A", "B"), strict=False):
        _tint(picture, labels == number, rgb(COLORS["A" if label == "A" else "B"]))
    colours = f"{name_of(a)} orange" + (f", {name_of(b)} blue" if b is not None else "")
    return Picture(encode(picture), f"{words} ({colours}; {plane} slice {index}, {_facing(plane)})")


def _of_scan(case: Case, verdict: CaseVerdict) -> list[Picture]:
    plane: Plane = "coronal"
    index = _best_slice(case, list(range(1, len(case.structures) + 1)), plane)
    shown = [_outlined(case, case.scan, plane, index, "the scan as it is, with the outlines of its labels")]
    flip = verdict.picture.flip
    if flip:
        turned = np.flip(case.scan, tuple(axis_index(axis) for axis in flip))
        words = f"the scan after a flip of {' and '.join(flip)}, with the outlines of its labels"
        shown.append(_outlined(case, turned, plane, index, words))
    return shown


def _outlined(case: Case, scan: NDArray[np.generic], plane: Plane, index: int, words: str) -> Picture:
    labels = _shown(plane_slice(case.labels, plane, index), case, plane)
    grey = _shown(_window(plane_slice(scan, plane, index), case), case, plane)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    picture[edge] = _OTHER
    return Picture(encode(picture), f"{words} ({plane} slice {index}, {_facing(plane)})")


def _best_slice(case: Case, numbers: list[int], plane: Plane) -> int:
    """The slice that shows most of each structure; if none shows both, the one in the middle between them."""
    axis = slice_axis_index(plane)
    across = tuple(i for i in range(3) if i != axis)
    counts = np.array([(case.labels == number).sum(axis=across) for number in numbers], np.float64)
    if len(numbers) > 2:
        return int(counts.sum(axis=0).argmax())
    both = (counts / counts.sum(axis=1, keepdims=True)).min(axis=0)
    if both.max() > 0:
        return int(both.argmax())
    middles = counts @ np.arange(counts.shape[1]) / counts.sum(axis=1)
    return round(float(middles.mean()))


def _window(values: NDArray[np.generic], case: Case) -> Grey:
    low, high = (float(v) for v in np.percentile(values.astype(np.float64), [1, 99]))
    if case.facts.modality == "ct" and low < _SOFT[0] and high > _SOFT[0]:
        low, high = _SOFT
    return apply_window(values, low, high if high > low else low + 1)


def _shown(array: NDArray[np.generic], case: Case, plane: Plane) -> NDArray[np.generic]:
    """A slice as radiologists see it, with square pixels; nearest neighbour."""
    size = canvas(plane, "viewing", case.facts.shape, case.facts.spacing_mm, SIZE)
    screen = to_screen(array, "viewing")
    return np.ascontiguousarray(screen[size.row_voxels()[:, None], size.column_voxels()[None, :]])


def _tint(picture: Grey, where: NDArray[np.bool_], colour: tuple[int, int, int]) -> None:
    blended = (1 - _TRANSPARENT) * picture[where] + _TRANSPARENT * np.array(colour)
    picture[where] = np.rint(blended).astype(np.uint8)


def _facing(plane: Plane) -> str:
    return "anterior at the left" if plane == "sagittal" else "patient right at the left"
