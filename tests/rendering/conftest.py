"""Small made cases and decoded pictures for the tests of rendering."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from misground.anatomy import structure_table
from misground.records import Case, CaseFacts, ViewSpec

KEYS = ("spleen", "liver", "stomach")

MakeCase = Callable[..., Case]
MakeSpec = Callable[..., ViewSpec]
Decode = Callable[[bytes], NDArray[np.uint8]]


@pytest.fixture(scope="session")
def make_case() -> MakeCase:
    """A case from a label map with the values 1 spleen, 2 liver, 3 stomach, over a scan of every grey."""

    def make(
        labels: NDArray[np.unsignedinteger], spacing: tuple[float, float, float] = (2.0, 2.0, 2.0)
    ) -> Case:
        scan = np.arange(labels.size, dtype=np.int16).reshape(labels.shape) * 37 % 400 - 160
        structures = tuple(structure_table().structures[key] for key in KEYS)
        keys = tuple(structure.key for structure in structures)
        facts = CaseFacts("toy", "ct", "toy", spacing, labels.shape, 0.0, None, keys)
        return Case(facts, scan, labels, structures, np.eye(3))

    return make


@pytest.fixture(scope="session")
def make_spec() -> MakeSpec:
    """A spec of the toy case; by default axial slice 0, storage, no prompt, spleen as A, liver as B."""

    def make(**fields: object) -> ViewSpec:
        spec = {
            "case_id": "toy",
            "dimension": "2d",
            "plane": "axial",
            "slices": (0,),
            "coordinates": "storage",
            "prompt": "none",
            "blank": False,
            "structures": ("spleen", "liver"),
        }
        return ViewSpec(**(spec | fields))

    return make


@pytest.fixture(scope="session")
def decode() -> Decode:
    """The pixels of a PNG file as RGB, (height, width, 3)."""

    def pixels(frame: bytes) -> NDArray[np.uint8]:
        return np.asarray(Image.open(io.BytesIO(frame)).convert("RGB"))

    return pixels


@pytest.fixture(scope="session")
def case(make_case: MakeCase) -> Case:
    """Two blocks and a ring around one of them, with voxels of three sizes."""
    labels = np.zeros((24, 20, 12), dtype=np.uint8)
    labels[3:9, 4:9, 2:9] = 1
    labels[3:5, 14:17, 4:6] = 1
    labels[13:22, 7:17, 1:11] = 3
    labels[15:20, 9:15, 1:11] = 2
    return make_case(labels, (2.0, 2.5, 4.0))
