"""Tiny data sets on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


class WriteVolume(Protocol):
    def __call__(
        self,
        path: Path,
        data: NDArray[np.generic],
        spacing: float = 2.0,
        affine: NDArray[np.float64] | None = None,
    ) -> Path: ...


@pytest.fixture
def write_volume() -> WriteVolume:
    """Write a volume as the file's name says: NIfTI by nibabel, NRRD and MetaImage by SimpleITK."""

    def write(
        path: Path, data: NDArray[np.generic], spacing: float = 2.0, affine: NDArray[np.float64] | None = None
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        place = np.diag([spacing, spacing, spacing, 1.0]) if affine is None else affine
        if ".nii" in path.name:
            nib.save(nib.Nifti1Image(data, place), path)
        else:
            image = SimpleITK.GetImageFromArray(np.ascontiguousarray(data.T))
            sides = np.sqrt((place[:3, :3] ** 2).sum(axis=0))
            image.SetSpacing(sides.tolist())
            image.SetDirection((RAS_TO_LPS @ (place[:3, :3] / sides)).ravel().tolist())
            image.SetOrigin((RAS_TO_LPS @ place[:3, 3]).tolist())
            SimpleITK.WriteImage(image, str(path))
        return path

    return write


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file of these lines."""

    def write(name: str, *lines: str, folder: Path = tmp_path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


# Boxes of a right knee in RAS+ voxels of 2 mm: (x, y, z) from and to. The right of the patient is +x.
KNEE_BOXES = {
    "femur": ((8, 8, 22), (32, 32, 38)),
    "tibia": ((8, 8, 2), (32, 32, 16)),
    "fibula": ((34, 10, 2), (38, 14, 12)),
    "patella": ((16, 35, 22), (24, 38, 30)),
    "femoral_cartilage": ((8, 8, 20), (32, 32, 22)),
    "lateral_tibial_cartilage": ((23, 10, 16), (31, 30, 18)),
    "medial_tibial_cartilage": ((9, 10, 16), (17, 30, 18)),
    "patellar_cartilage": ((16, 34, 22), (24, 35, 30)),
    "lateral_meniscus": ((26, 12, 18), (32, 28, 20)),
    "medial_meniscus": ((8, 12, 18), (14, 28, 20)),
}
OAI = {
    "femoral_cartilage": 1,
    "medial_tibial_cartilage": 2,
    "lateral_tibial_cartilage": 3,
    "patellar_cartilage": 4,
    "femur": 5,
    "tibia": 6,
    "patella": 7,
    "fibula": 8,
    "lateral_meniscus": 9,
    "medial_meniscus": 10,
}
# In OAI-ZIB the tibial cartilage is one label, and 5 is the meniscus on the patient's right.
ZIB_RIGHT = {
    "femur": 1,
    "femoral_cartilage": 2,
    "tibia": 3,
    "lateral_tibial_cartilage": 4,
    "medial_tibial_cartilage": 4,
    "lateral_meniscus": 5,
    "medial_meniscus": 6,
}
CM = {
    "femur": 1,
    "femoral_cartilage": 2,
    "tibia": 3,
    "medial_tibial_cartilage": 4,
    "lateral_tibial_cartilage": 5,
}


class MakeKnee(Protocol):
    def __call__(self, values: dict[str, int], side: str = "right") -> NDArray[np.uint8]: ...


@pytest.fixture
def make_knee() -> MakeKnee:
    """A label map (40, 40, 40) in RAS+; a left knee is the mirror image of the right one."""

    def make(values: dict[str, int], side: str = "right") -> NDArray[np.uint8]:
        labels = np.zeros((40, 40, 40), np.uint8)
        for key, value in values.items():
            (x0, y0, z0), (x1, y1, z1) = KNEE_BOXES[key]
            labels[x0:x1, y0:y1, z0:z1] = value
        return labels if side == "right" else labels[::-1].copy()

    return make


@pytest.fixture
def value_sets() -> dict[str, dict[str, int]]:
    """Structure key -> value, for each label set of the knee."""
    return {"oai": OAI, "oai_zib": ZIB_RIGHT, "oaizib_cm": CM}


_SHAPE = (6, 5, 4)


@pytest.fixture
def case_folder(tmp_path, write_volume):
    """Write a case of a TotalSegmentator set: its scan, and class files or multi-label files."""

    def write(name="s0002", classes=(), multi=(), scan="ct.nii.gz", root=tmp_path) -> Path:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        if scan:
            write_volume(folder / scan, np.arange(120, dtype=np.int16).reshape(_SHAPE))
        for i, class_name in enumerate(classes):
            mask = np.zeros(_SHAPE, np.uint8)
            mask[i] = 1
            file = class_name if ".nii" in class_name else f"{class_name}.nii.gz"
            write_volume(folder / "segmentations" / file, mask)
        for file in multi:
            labels = np.zeros(_SHAPE, np.uint8)
            labels[0], labels[1] = 5, 52
            write_volume(folder / file, labels)
        return folder

    return write
