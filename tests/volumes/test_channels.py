import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.volumes import read_channel, read_volume

AFFINE = np.diag([1.0, 2.0, 3.0, 1.0])


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_each_channel_is_its_part_of_the_fourth_axis(tmp_path, kind, name):
    data = np.arange(4 * 3 * 5 * 3, dtype=np.int16).reshape(4, 3, 5, 3)
    nib.save(kind(data, AFFINE), tmp_path / name)
    for channel in range(3):
        found = read_channel(tmp_path / name, channel)
        assert np.array_equal(found.data, data[..., channel])
        assert np.array_equal(found.affine, AFFINE)


def test_a_volume_of_three_axes_is_its_first_channel(tmp_path):
    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    nib.save(nib.Nifti1Image(data, AFFINE), tmp_path / "a.nii.gz")
    assert np.array_equal(
        read_channel(tmp_path / "a.nii.gz", 0).data, read_volume(tmp_path / "a.nii.gz").data
    )
    with pytest.raises(CaseError, match="found one channel; expected at least 2"):
        read_channel(tmp_path / "a.nii.gz", 1)


def test_a_channel_that_is_not_there_and_a_file_that_is_cut(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((4, 4, 4, 2), np.int16), AFFINE), tmp_path / "a.nii")
    with pytest.raises(CaseError, match=r"'a\.nii': found 2 channels; expected at least 6"):
        read_channel(tmp_path / "a.nii", 5)
    content = (tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii").write_bytes(content[:-1])
    with pytest.raises(CaseError, match="too short"):
        read_channel(tmp_path / "a.nii", 0)
