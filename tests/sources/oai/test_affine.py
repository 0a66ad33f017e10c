"""Labels that are placed by the scan's affine, in whole or by their axes alone."""

import numpy as np
import pytest

from misground.errors import CaseError
from misground.sources import list_cases
from misground.volumes import orient

LPS = np.array([[-2.0, 0, 0, 78], [0, -2.0, 0, 78], [0, 0, 2.0, 0], [0, 0, 0, 1]])


@pytest.fixture
def scan():
    return np.arange(40**3, dtype=np.int16).reshape(40, 40, 40)


def listing(directory, options=""):
    return list_cases(f"oai:{directory}{options}")


def only(directory, options=""):
    found = listing(directory, options)
    assert found.skipped == ()
    (ref,) = found.refs
    return ref


def offset_x(raw, one, other):
    """RAS x of structure `one` less that of `other`, in mm."""
    labels = orient(raw.labels)
    values = {structure.key: value for value, structure in raw.structures.items()}
    x = [np.nonzero(labels.data == values[key])[0].mean() * labels.spacing_mm[0] for key in (one, other)]
    return x[0] - x[1]


class TestAffineOption:
    @pytest.fixture
    def misplaced(self, tmp_path, make_knee, value_sets, write_volume, scan):
        """Labels of the scan's array order that lost their affine."""
        write_volume(tmp_path / "right.nii.gz", scan[::-1, ::-1].copy(), affine=LPS)
        write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai"])[::-1, ::-1].copy())
        return tmp_path

    def test_by_default_the_labels_keep_their_own_affine(self, misplaced):
        raw = only(misplaced).read()
        assert not np.allclose(raw.scan.affine, raw.labels.affine)

    def test_affine_scan_lays_voxel_on_voxel(self, misplaced):
        found = listing(misplaced, "?affine=scan")
        raw = found.refs[0].read()
        np.testing.assert_array_equal(raw.scan.affine, raw.labels.affine)
        assert offset_x(raw, "fibula", "tibia") > 0
        assert found.notes == ("affine=scan: the label files' own position in the patient is not used",)

    def test_affine_scan_needs_one_shape(self, tmp_path, write_volume, make_knee, value_sets, scan):
        write_volume(tmp_path / "right.nii.gz", scan[1:])
        write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai"]))
        with pytest.raises(
            CaseError, match="the labels have 40 x 40 x 40 voxels, expected the scan's 39 x 40 x 40"
        ):
            only(tmp_path, "?affine=scan").read()

    def test_affine_axes_lays_the_labels_on_an_oblique_scan_of_another_axis_order(
        self, tmp_path, make_knee, value_sets, write_volume
    ):
        labels = make_knee(value_sets["oai_zib"], "left")
        # The scan: axes (y back, z down, x right), tilted by 5 degrees about x, somewhere else.
        turn = np.deg2rad(5)
        tilt = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
        affine = np.eye(4)
        affine[:3, :3] = tilt @ np.array([[0, 0, 2.0], [-2.0, 0, 0], [0, -2.0, 0]])
        affine[:3, 3] = (-50, 30, 40)
        scan = labels.transpose(1, 2, 0)[::-1, ::-1].astype(np.int16) * 100
        write_volume(tmp_path / "9001104_left.nii.gz", scan, affine=affine)
        write_volume(tmp_path / "9001104_left.segmentation_masks.mhd", labels)
        raw = only(tmp_path, "?affine=axes").read()
        np.testing.assert_allclose(raw.scan.affine, raw.labels.affine)
        bones = np.isin(raw.labels.data, (1, 3))
        np.testing.assert_array_equal(raw.scan.data[bones] // 100, raw.labels.data[bones])
        assert offset_x(raw, "lateral_meniscus", "medial_meniscus") < 0

    def test_affine_axes_needs_one_voxel_size(self, tmp_path, make_knee, value_sets, write_volume, scan):
        write_volume(tmp_path / "right.nii.gz", scan, spacing=2.1)
        write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai"]))
        with pytest.raises(
            CaseError, match=r"the labels have voxels of 2 x 2 x 2 mm, expected the scan's 2\.1 x 2"
        ):
            only(tmp_path, "?affine=axes").read()

    def test_affine_axes_needs_one_shape_in_ras(self, tmp_path, make_knee, value_sets, write_volume, scan):
        write_volume(tmp_path / "right.nii.gz", scan[1:])
        write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai"]))
        with pytest.raises(CaseError, match=r"the labels have .* voxels in RAS\+"):
            only(tmp_path, "?affine=axes").read()
