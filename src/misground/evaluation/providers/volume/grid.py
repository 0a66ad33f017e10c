"""From the pictures of a stack to one tensor on a model's grid.

All values are ours, and the same for every family:

- Grey values: the pictures' luminance (ITU-R 601, Pillow's "L"), 0 to 255 as 0 to 1. A volume has no colour:
  marks stay visible as lighter or darker shapes, and are told apart by their letters. M3D's own preparation
  of data makes grey of coloured pictures in this way.
- In the plane: scaled to fit the grid, aspect kept, bilinear, and centred on black. Frames of a benchmark are
  256 pixels long, and on a grid of 256 keep their pixels.
- Depth: the picture nearest to each slice of the grid, first picture first. No slice is made up of two, so
  that each shows what a picture showed; no picture is left out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from misground.errors import WorkError


class Grid(NamedTuple):
    """The volume that a model takes: (channels, depth, height, width)."""

    channels: int
    depth: int
    height: int
    width: int


def volume_of(frames: Sequence[Image.Image], grid: Grid) -> Tensor:
    """A float32 tensor (channels, depth, height, width) in [0, 1]; channels are equal.

    Args:
        frames: the pictures of a stack in display order, all of one size.
        grid: of the model.

    Raises:
        WorkError: the pictures differ in size, or are more than the grid is deep.
    """
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise WorkError(f"a stack has pictures of {len(sizes)} sizes, expected one")
    if len(frames) > grid.depth:
        raise WorkError(f"a stack has {len(frames)} pictures, and the model's grid {grid.depth} slices")
    slices = torch.from_numpy(np.stack([_fitted(frame, grid) for frame in frames]))
    nearest = torch.tensor(nearest_frames(len(frames), grid.depth))
    return slices[nearest].expand(grid.channels, -1, -1, -1).clone()


def nearest_frames(frames: int, depth: int) -> list[int]:
    """The frame nearest to the middle of each slice of the grid, both spread over the same length."""
    return [(2 * at + 1) * frames // (2 * depth) for at in range(depth)]


def _fitted(frame: Image.Image, grid: Grid) -> NDArray[np.float32]:
    """(height, width): grey, in the middle of black."""
    scale = min(grid.width / frame.width, grid.height / frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    grey = frame.convert("L")
    if size != frame.size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new("L", (grid.width, grid.height))
    canvas.paste(grey, ((grid.width - size[0]) // 2, (grid.height - size[1]) // 2))
    return np.asarray(canvas, np.float32) / np.float32(255)
