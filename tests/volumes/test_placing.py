import itertools

import numpy as np
import pytest

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.placing import place_labels

SCAN = Volume(np.zeros((10, 12, 14), np.int16), np.diag([2.0, 2.0, 3.0, 1.0]))


def box(shape=(10, 12, 14)):
    data = np.zeros(shape, np.uint8)
    data[3:6, 4:9, 5:11] = 1
    data[6, 4, 5] = 2
    return data


def moved(affine, index):
    found = affine.copy()
    found[:3, 3] = (affine @ [*index, 1])[:3]
    return found


def test_equal_grids_are_left_alone():
    labels = Volume(box(), SCAN.affine.copy())
    assert place_labels(labels, SCAN) is labels


def test_a_crop_goes_to_its_place():
    crop = Volume(box()[2:8, 3:10, 4:12], moved(SCAN.affine, (2, 3, 4)))
    assert np.array_equal(place_labels(crop, SCAN).data, box())


def test_a_larger_grid_is_cut_if_only_background_is_lost():
    padded = np.pad(box(), 3)
    assert np.array_equal(place_labels(Volume(padded, moved(SCAN.affine, (-3, -3, -3))), SCAN).data, box())


def test_labels_outside_the_scan_are_refused_with_their_number():
    with pytest.raises(CaseError, match="of 91 labelled voxels lie outside the scan"):
        place_labels(Volume(box(), moved(SCAN.affine, (6, 0, 0))), SCAN)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (-1, -1, 1), (-1, -1, -1)])
def test_any_order_of_axes_gives_the_same_labels(order, flips):
    data, affine = box()[2:8, 3:10, 4:12], moved(SCAN.affine, (2, 3, 4))
    for axis, sign in enumerate(flips):
        if sign < 0:
            affine = affine.copy()
            affine[:3, 3] += affine[:3, axis] * (data.shape[axis] - 1)
            affine[:3, axis] *= -1
            data = np.flip(data, axis)
    turned = Volume(data.transpose(order), affine[:, [*order, 3]])
    assert np.array_equal(place_labels(turned, SCAN).data, box())


def test_voxels_that_are_blocks_of_the_scans_are_copied():
    coarse = np.zeros((5, 6, 7), np.uint8)
    coarse[1:3, 2:4, 3:5] = 7
    affine = np.diag([4.0, 4.0, 6.0, 1.0])
    affine[:3, 3] = (1.0, 1.0, 1.5)  # centre of the first block of 2 x 2 x 2 voxels
    expected = coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    assert np.array_equal(place_labels(Volume(coarse, affine), SCAN).data, expected)


@pytest.mark.parametrize("spacing", [1.0, 3.0])
def test_other_spacings_are_resampled_only_on_request(spacing):
    affine = np.diag([spacing, spacing, spacing, 1.0])
    shape = tuple(int(n * s / spacing) for n, s in zip((10, 12, 14), (2, 2, 3), strict=True))
    centre = np.stack(np.meshgrid(*(np.arange(n) * spacing for n in shape), indexing="ij"))
    labels = Volume((np.linalg.norm(centre - 10.0, axis=0) < 5).astype(np.uint8), affine)
    with pytest.raises(CaseError, match="add resample=nearest") as caught:
        place_labels(labels, SCAN)
    assert f"{spacing:g} x {spacing:g} x {spacing:g} mm and the scan of 2 x 2 x 3 mm" in str(caught.value)
    placed = place_labels(labels, SCAN, nearest=True).data
    middle = np.argwhere(placed).mean(axis=0) * (2, 2, 3)
    assert np.allclose(middle, 10.0, atol=0.8)


def test_a_shift_by_half_a_voxel_needs_resampling():
    with pytest.raises(CaseError, match=r"shifted by 0\.50 of a voxel"):
        place_labels(Volume(box(), moved(SCAN.affine, (0.5, 0, 0))), SCAN)


def test_turned_axes_are_refused_with_the_angle():
    angle = np.radians(10)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    with pytest.raises(CaseError, match=r"turned by 10\.00 degrees"):
        place_labels(Volume(box(), turn @ SCAN.affine), SCAN, nearest=True)
