"""Conversion of the pictures of a stack to one tensor on a model's grid.

All choices are ours, and the same for every family:

- Grey values: the luminance of the pictures (ITU-R 601, Pillow's "L"), 0 to 255 mapped to 0 to 1. A volume
  has no colour: marks stay visible as lighter or darker shapes, and their letters tell them apart. M3D
  prepares coloured pictures in the same way.
- In the plane: scaled to fit the grid with the aspect ratio kept, bilinear, and centred on black. Frames of a
  benchmark are 256 pixels long, and keep their pixels on a grid of 256.
- Depth: each slice of the grid is the nearest picture, first picture first. No slice mixes two pictures, so
  that each shows what a picture showed, and every picture is used.
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
    """Size of the volume that a model takes: (channels, depth, height, width)."""

    channels: int
    depth: int
    height: int
    width: int


def volume_of(frames: Sequence[Image.Image], grid: Grid) -> Tensor:
    """Make the volume of a stack.

    Args:
        frames: Pictures of the stack in display order, all of the same size.
        grid: Grid of the model.

    Returns:
        float32 tensor (channels, depth, height, width) in [0, 1]; the channels are equal.

    Raises:
        WorkError: The pictures differ in size, or there are more than the grid has slices.
    """
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise WorkError(f"a stack has pictures of {len(sizes)} sizes, expected one size")
    if len(frames) > grid.depth:
        raise WorkError(
            f"a stack has {len(frames)} pictures, expected at most {grid.depth} (the model's grid depth)"
        )
    slices = torch.from_numpy(np.stack([_fitted(frame, grid) for frame in frames]))
    nearest = torch.tensor(nearest_frames(len(frames), grid.depth))
    return slices[nearest].expand(grid.channels, -1, -1, -1).clone()


def nearest_frames(frames: int, depth: int) -> list[int]:
    """Return, for each slice of the grid, the frame nearest to its middle; both span the same length."""
    return [(2 * at + 1) * frames // (2 * depth) for at in range(depth)]


def _fitted(frame: Image.Image, grid: Grid) -> NDArray[np.float32]:
    """A (height, width) picture in grey, centred on black."""
    scale = min(grid.width / frame.width, grid.height / frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    grey = frame.convert("L")
    if size != frame.size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new("L", (grid.width, grid.height))
    canvas.paste(grey, ((grid.width - size[0]) // 2, (grid.height - size[1]) // 2))
    return np.asarray(canvas, np.float32) / np.float32(255)
