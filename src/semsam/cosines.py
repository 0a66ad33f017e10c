"""Cosines of pairs of rows of an embedding, the numbers that neighbours are ranked by."""

from collections.abc import Iterator

import torch
from torch import Tensor

PIECE = {"cpu": 1 << 18}  # numbers processed at a time: as many as a CPU's cache holds
PIECE_ELSEWHERE = 1 << 24


class Cosines:
    """Cosines of pairs of rows: the float64 dot product over the product of the norms, rounded to float32.

    Products of float32 rows are exact in float64, and pairs are always processed in pieces of the same shape,
    so a pair's cosine does not depend on the pairs beside it.

    Args:
        rows: (n, d) finite floats. Float64 rows are scaled by powers of two so that their squares cannot
            overflow.

    Attributes:
        rows: (n, d), the rows, scaled if they are float64.
        norms: (n,) float64, 0 for zero rows.

    Examples:
        >>> cosine = Cosines(torch.tensor([[1.0, 0.0], [3.0, 4.0]]))
        >>> cosine(torch.tensor([0, 1]), torch.tensor([1, 1]))
        tensor([0.6000, 1.0000])
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
        """Compute the cosines of N pairs of rows.

        Args:
            one: (N,) int64, indices of rows that are not zero.
            other: (N,) int64, indices of rows that are not zero.

        Returns:
            (N,) float32 in [-1, 1].
        """
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
        """Yield slices of the rows, with the rows over their norms in float64."""
        for part in self._parts():
            yield part, self.rows[part].double() / self.norms[part].unsqueeze(1)

    def _parts(self) -> Iterator[slice]:
        for start in range(0, self.rows.shape[0], self._pairs):
            yield slice(start, min(start + self._pairs, self.rows.shape[0]))
