"""Our pictures of a real scan beside those of another implementation."""

import io
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from misground.anatomy import PLANES
from misground.records import COORDINATES, Case, CaseFacts, ViewSpec
from misground.rendering import render_views

SLICES = {"axial": (85, "k"), "coronal": (50, "j"), "sagittal": (61, "i")}


@pytest.fixture(scope="module")
def torso(data_dir: Path) -> Case:
    # The file is RAS, so its array is the case's own; no label is needed here.
    scan = np.asanyarray(nib.load(data_dir / "ct_torso" / "ct.nii.gz").dataobj)
    labels = np.zeros(scan.shape, dtype=np.uint8)
    facts = CaseFacts("torso", "ct", "test", (3.0, 3.0, 3.0), scan.shape, 0.0, None, ())
    return Case(facts, scan, labels, (), np.eye(3))


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_a_real_slice_looks_as_it_must_and_not_mirrored(torso, data_dir, plane, coordinates) -> None:
    index, letter = SLICES[plane]
    file = data_dir / "expected" / f"ct_torso_{plane}_{letter}{index}_{coordinates}.png"
    expected = np.asarray(Image.open(file).convert("L"), dtype=int)
    spec = ViewSpec("torso", "2d", plane, (index,), coordinates, "none", False, ())
    (view,) = render_views(torso, [spec], (-160.0, 240.0))
    picture = Image.open(io.BytesIO(view.frames[0]))
    assert abs(picture.width / picture.height - expected.shape[1] / expected.shape[0]) < 0.01
    ours = np.asarray(picture.resize(expected.shape[::-1], Image.Resampling.NEAREST), dtype=int)
    assert np.abs(ours - expected).mean() < 9
    for mirrored in (ours[::-1], ours[:, ::-1], ours[::-1, ::-1]):
        assert np.abs(mirrored - expected).mean() > 20
