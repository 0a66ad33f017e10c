"""The highest entries of each row, exact to the tie: higher value first, then the lower position.

`torch.topk` guarantees nothing about ties, and a stable sort of a whole vocabulary is slow. Two levels avoid
both: each of the m first entries lies in one of the m blocks that come first by (maximum, lower block),
because each of those blocks holds an entry that comes before everything in a later block.
"""

import torch
from torch import Tensor

BLOCK = 128


def top_entries(rows: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """Select the first min(m, n) entries of each row by value, highest first, ties to the lower position.

    Args:
        rows: (B, n) floats. In a row with NaN the order is undefined.
        m: Number of entries, at least 1.

    Returns:
        Values (B, min(m, n)) float32, and positions (B, min(m, n)) int64, distinct within a row.

    Examples:
        >>> top_entries(torch.tensor([[1.0, 3.0, 2.0, 3.0]]), 3)
        (tensor([[3., 3., 2.]]), tensor([[1, 3, 2]]))
    """
    n = rows.shape[1]
    m = min(m, n)
    if n <= m * BLOCK:
        positions = torch.arange(n, device=rows.device).expand(rows.shape)
        return first(rows.float(), positions, m)
    whole = n // BLOCK
    maxima = rows[:, : whole * BLOCK].view(-1, whole, BLOCK).amax(2)
    if whole * BLOCK < n:
        maxima = torch.cat([maxima, rows[:, whole * BLOCK :].amax(1, keepdim=True)], 1)
    starts = torch.arange(maxima.shape[1], device=rows.device).expand(maxima.shape)
    _, blocks = first(maxima.float(), starts, m)
    within = torch.arange(BLOCK, device=rows.device)
    positions = (blocks.unsqueeze(2) * BLOCK + within).flatten(1)
    values = rows.gather(1, positions.clamp(max=n - 1)).float()
    return first(torch.where(positions < n, values, -torch.inf), positions, m)


def first(values: Tensor, positions: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """Select the first m of (value, position) pairs: highest value first, ties to the lower position.

    Each pair becomes one int64 key: the order of the float32 value in the high bits, the position in the low
    bits.

    Args:
        values: (B, n) float32.
        positions: (B, n) int64, below 2^31.
        m: Number of pairs, at most n.

    Returns:
        Values (B, m) and positions (B, m).

    Examples:
        >>> first(torch.tensor([[0.5, 0.5, 0.25]]), torch.tensor([[7, 3, 1]]), 2)
        (tensor([[0.5000, 0.5000]]), tensor([[3, 7]]))
    """
    bits = values.view(torch.int32)
    magnitude = bits & 0x7FFFFFFF
    order = torch.where(bits < 0, -magnitude, magnitude).to(torch.int64)  # -0 ties with +0
    at = ((order << 32) - positions).topk(m, dim=1).indices
    return values.gather(1, at), positions.gather(1, at)
