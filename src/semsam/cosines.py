"""The cosine of two rows of an embedding: the one number that neighbours are ranked by."""

from collections.abc import Iterator

import torch
from torch import Tensor

PIECE = {"cpu": 1 << 18}  # numbers at work at once: what a processor's cache holds
PIECE_ELSEWHERE = 1 << 24


class Cosines:
    """Cosines of pairs of rows: the float64 dot product over the product of the norms, rounded to float32.

    Products of float32 rows are exact in float64, and pairs are always taken in pieces of the same shape, so
    that a pair's cosine does not hinge on the pairs beside it.

    Args:
        rows: (n, d) finite floats. Rows of float64 are scaled by powers of two, lest their squares overflow.

    Attributes:
        rows: these.
        norms: (n,) float64, 0 where a row is zero.
    """

    def __init__(self, rows: Tensor) -> None:
        if rows.dtype == torch.float64:
            exponent = torch.frexp(rows.abs().amax(1, keepdim=True)).exponent.clamp(-1000, 1000)
            rows = torch.ldexp(rows, -exponent)
        self.rows = rows
        self.norms = torch.empty(rows.shape[0], dtype=torch.float64, device=rows.device)
        self._pairs = max(PIECE.get(rows.device.type, PIECE_ELSEWHERE) // rows.shape[1], 1)
        for part in self._parts():
            self.norms[part] = torch.linalg.vector_norm(rows[part].double(), dim=1)

    def __call__(self, one: Tensor, other: Tensor) -> Tensor:
        """(N,) float32 in [-1, 1]: the cosine of rows one[i] and other[i], none of them zero."""
        # A fresh buffer for each piece would cost more than the arithmetic.
        shape = 2, self._pairs, self.rows.shape[1]
        rows = torch.zeros(shape, dtype=self.rows.dtype, device=one.device)
        exact = torch.empty(shape, dtype=torch.float64, device=one.device)
        dots = torch.empty(one.shape, dtype=torch.float64, device=one.device)
        for start in range(0, one.shape[0], self._pairs):
            part = slice(start, start + self._pairs)
            size = dots[part].shape[0]
            for side, index in enumerate((one[part], other[part])):
                torch.index_select(self.rows, 0, index, out=rows[side, :size])
            a, b = exact.copy_(rows)
            dots[part] = a.mul_(b).sum(1)[:size]
        return (dots / (self.norms[one] * self.norms[other])).float().clamp_(-1, 1)

    def unit_rows(self) -> Iterator[tuple[slice, Tensor]]:
        """The rows over their norms in float64, a piece at a time."""
        for part in self._parts():
            yield part, self.rows[part].double() / self.norms[part].unsqueeze(1)

    def _parts(self) -> Iterator[slice]:
        for start in range(0, self.rows.shape[0], self._pairs):
            yield slice(start, min(start + self._pairs, self.rows.shape[0]))
