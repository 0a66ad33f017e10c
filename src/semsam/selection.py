"""The highest entries of each row, exact to the tie: higher value first, then the lower position.

`torch.topk` promises nothing about ties, and a stable sort of a whole vocabulary is slow. Two levels avoid
both: an entry among the m first lies in one of the m blocks that come first by (maximum, lower block), since
each of those blocks holds an entry that comes before anything in a later one.
"""

import torch
from torch import Tensor

BLOCK = 128


def top_entries(rows: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """The first min(m, n) entries of each row by value, highest first, ties to the lower position.

    Args:
        rows: (B, n) floats. A row with NaN gives entries in no promised order.
        m: how many, at least 1.

    Returns:
        values (B, min(m, n)) in float32, and positions (B, min(m, n)) in int64, distinct within a row.
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
    """The first m of values (B, n) with positions (B, n): highest value first, ties to the lower position.

    By one int64 key each: the float32 value's order above, the position (int64, below 2^31) below.
    """
    bits = values.view(torch.int32)
    magnitude = bits & 0x7FFFFFFF
    order = torch.where(bits < 0, -magnitude, magnitude).to(torch.int64)  # -0 ties with +0
    at = ((order << 32) - positions).topk(m, dim=1).indices
    return values.gather(1, at), positions.gather(1, at)
