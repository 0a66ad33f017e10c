"""How models turn a picture into tokens: functions of its width and height in pixels.

Each follows the preprocessing code of its models, which `misground.evaluation.picture_tokens` names. Tokens
that mark the beginning, the rows and the end of a picture count.
"""

import math
from collections.abc import Sequence

Grids = Sequence[tuple[int, int]]


def merged_patches(width: int, height: int, *, side: int, least: int, most: int, marks: int = 2) -> int:
    """Squares of `side` pixels, after the picture is scaled to between `least` and `most` pixels.

    The rule of Qwen2-VL's `smart_resize`: both sides become multiples of `side`.
    """
    wide, high = (max(side, round(length / side) * side) for length in (width, height))
    if wide * high > most:
        scale = math.sqrt(width * height / most)
        wide, high = (max(side, math.floor(length / scale / side) * side) for length in (width, height))
    elif wide * high < least:
        scale = math.sqrt(least / (width * height))
        wide, high = (math.ceil(length * scale / side) * side for length in (width, height))
    return wide * high // side**2 + marks


def patch_rows(width: int, height: int, *, side: int, longest: int) -> int:
    """Squares of `side` pixels and a mark a row, within `longest` pixels (Pixtral)."""
    scale = max(1.0, max(width, height) / longest)
    wide, high = ((math.floor(length / scale) - 1) // side + 1 for length in (width, height))
    return high * (wide + 1)


def tiles(width: int, height: int, *, side: int, most: int) -> tuple[int, int]:
    """The grid of at most `most` tiles, (columns, rows), of the nearest shape (InternVL)."""
    grids = [(c, r) for c in range(1, most + 1) for r in range(1, most + 1) if c * r <= most]
    best, nearest = (1, 1), math.inf
    for columns, rows in sorted(grids, key=lambda grid: grid[0] * grid[1]):
        distance = abs(width / height - columns / rows)
        larger = distance == nearest and width * height > 0.5 * side**2 * columns * rows
        if distance < nearest or larger:
            best, nearest = (columns, rows), distance
    return best


def tiled(width: int, height: int, *, side: int, most: int, each: int, marks: int = 2) -> int:
    """Tokens of the tiles of `tiles`, and of the whole picture as one more tile if there are several."""
    columns, rows = tiles(width, height, side=side, most=most)
    count = columns * rows
    return each * (count + (count > 1)) + marks


def best_grid(width: int, height: int, side: int, grids: Grids) -> tuple[int, int]:
    """The grid of tiles, (columns, rows), that shows most of the picture and wastes least (LLaVA-NeXT)."""

    def fit(grid: tuple[int, int]) -> tuple[int, int]:
        columns, rows = grid
        scale = min(columns * side / width, rows * side / height)
        shown = min(int(width * scale) * int(height * scale), width * height)
        return shown, shown - columns * rows * side**2

    return max(grids, key=fit)


def any_resolution(
    width: int, height: int, *, side: int, patches: int, grids: Grids, most: int | None = None
) -> int:
    """The whole picture, and its best grid of tiles without the padding, with a mark a row (LLaVA-NeXT).

    Args:
        width: Width in pixels.
        height: Height in pixels.
        side: Side of a tile in pixels.
        patches: Patches along the side of a tile.
        grids: Grids of tiles, as (columns, rows).
        most: Tiles from which on the patches are scaled down (LLaVA-OneVision); None for no bound.
    """
    columns, rows = best_grid(width, height, side, grids)
    wide, high = columns * patches, rows * patches
    if width / height > wide / high:
        high -= (high - int(round(height * wide / width, 7))) // 2 * 2
    else:
        wide -= (wide - int(round(width * high / height, 7))) // 2 * 2
    scale = 1.0 if most is None else math.sqrt(wide * high / (most * patches**2))
    if scale > 1.1:
        wide, high = int(wide // scale), int(high // scale)
    return patches**2 + high * wide + high


def enlarged_tiles(width: int, height: int, *, side: int, longest: int, each: int) -> int:
    """Tiles after the longer side is enlarged to `longest`, and the whole (SmolVLM, Idefics3)."""
    scale = longest / max(width, height)
    columns, rows = (math.ceil(max(1, int(length * scale)) / side) for length in (width, height))
    if columns * rows == 1:
        return each + 3
    return rows * (columns * (each + 2) + 1) + each + 3


def openai_tiles(width: int, height: int, *, base: int, each: int) -> int:
    """Squares of 512 pixels, after the picture is scaled down to 2048 and its shorter side to 768."""
    scale = min(1.0, 2048 / max(width, height))
    scale = min(scale, 768 / min(width, height))
    columns, rows = (math.ceil(length * scale / 512) for length in (width, height))
    return base + each * columns * rows


def openai_patches(width: int, height: int, *, factor: float, most: int = 1536) -> int:
    """Squares of 32 pixels, at most `most` of them, times a factor."""
    count = math.ceil(width / 32) * math.ceil(height / 32)
    return math.ceil(min(count, most) * factor)


def gemini_tiles(width: int, height: int) -> int:
    """258 up to 384 x 384 pixels; else 258 a tile of two thirds of the shorter side."""
    if max(width, height) <= 384:
        return 258
    unit = min(max(min(width, height) * 2 // 3, 256), 768)
    return 258 * math.ceil(width / unit) * math.ceil(height / unit)


def by_area(width: int, height: int, *, pixels: float, most: int) -> int:
    """A token for each group of `pixels` pixels."""
    return min(math.ceil(width * height / pixels), most)


def phi_crops(width: int, height: int, *, most: int) -> int:
    """Crops of 336 pixels, 144 tokens each, and marks; the picture is enlarged (Phi-3.5)."""
    wide, high = max(width, height), min(width, height)
    long = 1
    while (long + 1) * math.ceil((long + 1) * high / wide) <= most:
        long += 1
    short = math.ceil(long * high / wide)
    rows = short if width >= height else long
    return (long * short + 1) * 144 + 1 + (rows + 1) * 12


def phi4_tiles(width: int, height: int) -> int:
    """Tiles of 448 pixels without the padding, a mark a row, and the whole (Phi-4)."""
    columns, rows = math.ceil(width / 448), math.ceil(height / 448)
    scale = min(columns * 448 / width, rows * 448 / height)
    wide, high = (math.ceil(length * scale / 28) for length in (width, height))
    return 256 + 1 + wide * high + high + 16


def deepseek_tiles(width: int, height: int, count: int) -> int:
    """Tiles of 384 pixels, 14 x 14 tokens each; one tile for each of over two pictures."""
    grids = [(c, r) for c in range(1, 10) for r in range(1, 10) if c * r <= 9]
    columns, rows = (1, 1) if count > 2 else best_grid(width, height, 384, grids)
    return 14 * 15 + 1 + rows * 14 * (columns * 14 + 1)


def minicpm_slices(width: int, height: int, *, each: int) -> int:
    """At most nine slices of about 448 x 448 pixels, and the whole; one if it is no larger (MiniCPM-V)."""
    wanted = min(math.ceil(width * height / 448**2), 9)
    if wanted <= 1:
        return each + 2
    grids = [
        (c, n // c) for n in {wanted - 1, wanted, wanted + 1} - {1} for c in range(1, n + 1) if n % c == 0
    ]
    columns, rows = min(grids, key=lambda grid: abs(math.log(width / height) - math.log(grid[0] / grid[1])))
    return (each + 2) * (columns * rows + 1) + rows
