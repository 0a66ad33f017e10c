"""From the pictures of a stack to a tensor on a model's grid."""

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from misground.errors import WorkError  # noqa: E402
from misground.evaluation.providers.volume.grid import Grid, nearest_frames, volume_of  # noqa: E402


def grey(value: int, size: tuple[int, int] = (8, 8)) -> Image.Image:
    return Image.new("RGB", size, (value,) * 3)


def test_a_stack_on_its_own_grid_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8)
    frames = [Image.fromarray(one).convert("RGB") for one in pixels]
    volume = volume_of(frames, Grid(1, 3, 8, 8))
    assert volume.dtype == torch.float32
    assert torch.equal((volume[0] * 255).round().to(torch.uint8), torch.from_numpy(pixels))


def test_black_is_zero_and_white_is_one() -> None:
    volume = volume_of([grey(0), grey(255)], Grid(1, 2, 8, 8))
    assert volume[0, 0].unique().tolist() == [0.0]
    assert volume[0, 1].unique().tolist() == [1.0]


def test_depth_repeats_pictures_and_mixes_none() -> None:
    volume = volume_of([grey(10), grey(20), grey(250)], Grid(1, 7, 8, 8))
    assert (volume[0, :, 0, 0] * 255).round().int().tolist() == [10, 10, 20, 20, 20, 250, 250]


@pytest.mark.parametrize(("frames", "depth"), [(1, 32), (3, 32), (31, 32), (32, 32), (32, 128), (5, 128)])
def test_every_picture_is_there_in_order_about_equally_often(frames: int, depth: int) -> None:
    nearest = nearest_frames(frames, depth)
    counts = np.bincount(nearest, minlength=frames)
    assert len(nearest) == depth
    assert nearest == sorted(nearest)
    assert nearest == [depth_at for depth_at in nearest[::-1] for depth_at in [frames - 1 - depth_at]]
    assert counts.max() - counts.min() <= 1
    assert counts.min() >= 1


def test_a_picture_of_another_shape_keeps_its_aspect_in_the_middle_of_black() -> None:
    volume = volume_of([grey(200, (16, 4))], Grid(1, 1, 8, 8))
    rows = (volume[0, 0] * 255).round().int()
    assert (rows[3:5] == 200).all()
    assert (rows[:3] == 0).all()
    assert (rows[5:] == 0).all()


def test_a_smaller_picture_is_enlarged() -> None:
    assert (volume_of([grey(200, (4, 4))], Grid(1, 1, 8, 8)) * 255).round().unique().tolist() == [200.0]


def test_colour_becomes_luminance() -> None:
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    assert (volume_of([red], Grid(1, 1, 4, 4)) * 255).round().unique().tolist() == [76.0]


def test_channels_are_equal() -> None:
    volume = volume_of([grey(1), grey(2)], Grid(3, 2, 8, 8))
    assert volume.shape == (3, 2, 8, 8)
    assert torch.equal(volume[0], volume[2])


def test_no_picture_is_left_out_silently() -> None:
    with pytest.raises(WorkError, match="a stack has 3 pictures, expected at most 2"):
        volume_of([grey(1)] * 3, Grid(1, 2, 8, 8))


def test_pictures_of_different_sizes_are_no_stack() -> None:
    with pytest.raises(WorkError, match="pictures of 2 sizes"):
        volume_of([grey(1), grey(1, (8, 9))], Grid(1, 2, 8, 8))
