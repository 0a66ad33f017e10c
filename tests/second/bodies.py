"""Scans and their labels as the second implementation sees them: read by its own code, in RAS+.

Nothing here comes from misground's volumes or anatomy code; of the package only the data file of label
values is read, and a phantom's own reader is called, for it exists nowhere else.
"""

import csv
import itertools
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK

from misground.sources import list_cases


@dataclass
class Body:
    """A scan and its labels in RAS+.

    labels: (X, Y, Z) ints, 0 background, i + 1 for keys[i]. scan: (X, Y, Z) or None. spacing: mm along
    x, y, z. axes: (3, 3), row i the direction of array axis i in the patient. side: of a knee, else None.
    """

    keys: list[str]
    labels: np.ndarray
    scan: np.ndarray | None
    spacing: tuple[float, float, float]
    axes: np.ndarray
    side: str | None
    _voxels: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def number(self, key: str) -> int:
        return self.keys.index(key) + 1

    def voxels(self, key: str) -> np.ndarray:
        """(n, 3) indices of a structure's voxels."""
        if key not in self._voxels:
            self._voxels[key] = np.argwhere(self.labels == self.number(key))
        return self._voxels[key]

    def present(self) -> set[str]:
        return {self.keys[number - 1] for number in np.unique(self.labels) if number}


@cache
def structures() -> dict[str, dict[str, str]]:
    """The rows of the structure table by key."""
    text = (files("misground.anatomy") / "data" / "structures.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


@cache
def label_values(label_set: str) -> dict[int, str]:
    """Label value -> structure key."""
    values: dict[int, str] = {}
    for key, row in structures().items():
        if row[label_set]:
            first, _, last = row[label_set].partition("-")
            for value in range(int(first), int(last or first) + 1):
                values[value] = key
    return values


def body(
    labels: np.ndarray,
    affine: np.ndarray,
    values: dict[int, str],
    scan: np.ndarray | None = None,
    side: str | None = None,
) -> Body:
    """Bring an array in any axis order to RAS+: of the 48 ways to turn it, the one nearest to the patient."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    best, order, signs = -np.inf, (0, 1, 2), (1, 1, 1)
    for some_order in itertools.permutations(range(3)):
        for some_signs in itertools.product((1, -1), repeat=3):
            fit = sum(
                sign * directions[axis, source]
                for axis, (source, sign) in enumerate(zip(some_order, some_signs, strict=True))
            )
            if fit > best:
                best, order, signs = fit, some_order, some_signs

    def turned(array: np.ndarray) -> np.ndarray:
        return array.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]

    keys = sorted(set(values.values()))
    numbers = np.zeros(max(int(labels.max()), *values) + 1, np.int16)
    for value, key in values.items():
        numbers[value] = keys.index(key) + 1
    spacing = np.linalg.norm(affine[:3, :3], axis=0)[list(order)]
    return Body(
        keys=keys,
        labels=np.ascontiguousarray(turned(numbers[labels])),
        scan=None if scan is None else turned(scan),
        spacing=(float(spacing[0]), float(spacing[1]), float(spacing[2])),
        axes=np.array([sign * directions[:, source] for source, sign in zip(order, signs, strict=True)]),
        side=side,
    )


def torso(data: Path) -> Body:
    """The real torso, of its multi-label file."""
    labels = nib.load(data / "ct_torso" / "segmentation.nii.gz")
    scan = nib.load(data / "ct_torso" / "ct.nii.gz")
    return body(
        np.asanyarray(labels.dataobj).astype(np.int64),
        labels.affine,
        label_values("total"),
        np.asanyarray(scan.dataobj),
    )


def knee(path: Path, side: str) -> Body:
    """A knee's label file; SimpleITK speaks LPS and hands out (k, j, i)."""
    image = SimpleITK.ReadImage(str(path))
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1, -1, 1]) @ direction
    labels = SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0).astype(np.int64)
    return body(labels, affine, label_values("oai"), side=side)


def of_source(source: str) -> dict[str, Body]:
    """The cases of a SOURCE by case id, from what its reader hands out."""
    bodies = {}
    for ref in list_cases(source).refs:
        raw = ref.read()
        bodies[ref.case_id] = body(
            np.asarray(raw.labels.data).astype(np.int64),
            np.asarray(raw.labels.affine),
            {value: structure.key for value, structure in raw.structures.items()},
            np.asarray(raw.scan.data),
            raw.side,
        )
    return bodies
