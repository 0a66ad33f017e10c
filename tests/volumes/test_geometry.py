import numpy as np
import pytest

from misground.errors import CaseError
from misground.volumes.geometry import check_affine, check_same_grid, corner_shift

SHAPE = (11, 21, 31)
AFFINE = np.diag([1.0, 2.0, 3.0, 1.0])


def moved(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    affine = AFFINE.copy()
    affine[:3, 3] = x, y, z
    return affine


def test_a_shift_moves_every_corner_by_itself() -> None:
    assert corner_shift(AFFINE, moved(3, 4), SHAPE) == pytest.approx(5)


def test_a_scale_moves_the_far_corner_most() -> None:
    assert corner_shift(AFFINE, np.diag([1.0, 2.0, 3.1, 1.0]), SHAPE) == pytest.approx(3.0)


def test_grids_agree_up_to_a_tenth_of_the_smallest_side() -> None:
    check_same_grid(SHAPE, moved(z=0.0999), SHAPE, AFFINE, "the scan")
    with pytest.raises(
        CaseError, match=r"a corner 0\.101 mm away from its position in the scan; .* at most 0\.1 mm"
    ):
        check_same_grid(SHAPE, moved(z=0.101), SHAPE, AFFINE, "the scan")


def test_grids_of_other_shapes_disagree() -> None:
    with pytest.raises(CaseError, match="11 x 21 x 30 voxels, but 11 x 21 x 31 in the scan"):
        check_same_grid((11, 21, 30), AFFINE, SHAPE, AFFINE, "the scan")


def test_a_mirrored_grid_disagrees() -> None:
    with pytest.raises(CaseError, match="a corner 20 mm away"):
        check_same_grid(SHAPE, np.diag([-1.0, 2.0, 3.0, 1.0]), SHAPE, AFFINE, "the scan")


@pytest.mark.parametrize("side", [0.001, 1000.0])
def test_voxel_sides_from_a_thousandth_to_a_thousand_millimetres_will_do(side: float) -> None:
    check_affine(np.diag([side, side, side, 1.0]))


@pytest.mark.parametrize("side", [0.0, 0.0009, 1001.0, 1e200])
def test_other_voxel_sides_are_refused(side: float) -> None:
    with pytest.raises(CaseError, match="expected sides from"):
        check_affine(np.diag([1.0, side, 1.0, 1.0]))


def test_a_last_row_other_than_0001_is_refused() -> None:
    with pytest.raises(CaseError, match="last row"):
        check_affine(np.diag([1.0, 1.0, 1.0, 2.0]))
