import nibabel as nib
import numpy as np
import pytest

from misground.sources.phantom.frame import ORDERS, rotation, stored

SPACING = (1.5, 2.0, 3.0)


def arrays() -> tuple[np.ndarray, np.ndarray]:
    scan = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)
    return scan, scan.astype(np.uint8)


def test_there_are_48_ways_to_store_an_array():
    assert len(set(ORDERS)) == 48


@pytest.mark.parametrize("order", ORDERS)
def test_the_affine_tells_how_the_array_is_stored(order):
    scan, labels = stored(arrays(), SPACING, (10, 20, 30), order)
    back = nib.as_closest_canonical(nib.Nifti1Image(np.ascontiguousarray(scan.data), scan.affine))
    assert np.array_equal(np.asarray(back.dataobj), arrays()[0])
    assert np.allclose(nib.affines.voxel_sizes(back.affine), SPACING)
    assert np.array_equal(scan.affine, labels.affine)
    assert np.array_equal(scan.data, labels.data)


@pytest.mark.parametrize("order", ORDERS[::7])
def test_the_grid_is_centred_where_asked_whatever_the_order(order):
    scan, _ = stored(arrays(), SPACING, (10, 20, 30), order, turned=(3, -2, 4))
    middle = [(n - 1) / 2 for n in scan.data.shape]
    assert np.allclose(scan.affine @ [*middle, 1], [10, 20, 30, 1], atol=1e-3)


def test_a_turned_grid_has_orthogonal_axes_of_the_right_spacing():
    scan, _ = stored(arrays(), SPACING, (0, 0, 0), ORDERS[0], turned=(4, -3, 2))
    product = scan.affine[:3, :3].T @ scan.affine[:3, :3]
    assert np.allclose(product, np.diag(np.square(SPACING)), atol=1e-4)


def test_a_rotation_about_z_takes_the_right_to_the_front():
    assert np.allclose(np.array(rotation(0, 0, 90)) @ [1, 0, 0], [0, 1, 0])
