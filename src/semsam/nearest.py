"""Exact nearest rows by cosine: a shortlist from a coarse matrix product, ranked again in float64.

The cosine of two rows is the float64 dot product of the rows over the product of their norms, rounded to
float32. So the order does not hinge on how a product was cut into blocks, and what ties at float32 goes to
the lower row.

A coarse product errs by no more than a known bound (below). Let tau be the lowest coarse score on a row's
shortlist: what is not on it has a cosine of at most tau + bound. Where the last of the exact neighbours lies
above that, the row is certified; any other is done again with a finer product, in the end in float64 alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from semsam.selection import first, top_entries

GROUP = 64  # columns of which the coarse pass first looks at the largest alone
PIECE = 1 << 18  # float64 numbers at work in the exact pass
NONE = -2.0  # below every cosine
ROUNDING = {torch.bfloat16: 2.0**-8, torch.float32: 2.0**-23}  # of a result, relative to it


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """Unit rows (n, d) in a coarse type, and how far each (n,) is from the exact unit row."""

    rows: Tensor
    error: Tensor

    def bound(self, rows: Tensor, scores: Tensor, columns: Tensor | None = None) -> Tensor:
        """(R, S) float64: by how much scores (R, S) of rows (R,) may differ from the cosines.

        |b_i b_j - u_i u_j| <= |b_i - u_i| + |b_i| |b_j - u_j| by Cauchy and Schwarz; then d products summed
        in float32 (twice the usual bound), and roundings: the score's to its type, the cosine's to float32.

        Args:
            rows, scores: of these.
            columns: (R, S), of these; None: of any, at most the scores.
        """
        mine = self.error[rows].unsqueeze(1)
        theirs = self.error.max() if columns is None else self.error[columns]
        summed = (self.rows.shape[1] + 2) * 2.0**-23 * (1 + mine) * (1 + theirs)
        rounded = scores.abs() * ROUNDING[self.rows.dtype] + 2.0**-23
        return mine + (1 + mine) * theirs + summed + rounded


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Rows (n, d) of any float type without zero rows, and their norms (n,) in float64."""

    rows: Tensor
    norms: Tensor

    @classmethod
    def of(cls, rows: Tensor) -> "Directions":
        """Take rows of which none is zero."""
        norms = [torch.linalg.vector_norm(rows[part].double(), dim=1) for part in _parts(rows)]
        return cls(rows, torch.cat(norms) if norms else rows.new_zeros(0, dtype=torch.float64))

    def coarse(self, dtype: torch.dtype) -> Coarse:
        """The unit rows in a coarse type, with their errors."""
        unit = torch.empty(self.rows.shape, dtype=dtype, device=self.rows.device)
        error = torch.empty_like(self.norms)
        for part in _parts(self.rows):
            exact = self.rows[part].double() / self.norms[part].unsqueeze(1)
            unit[part] = exact.to(dtype)
            error[part] = torch.linalg.vector_norm(unit[part].double() - exact, dim=1)
        return Coarse(unit, error)

    def cosines(self, one: Tensor, other: Tensor) -> Tensor:
        """(N,) float32: the cosine of rows one[i] and other[i]."""
        out = torch.empty(one.shape, dtype=torch.float32, device=one.device)
        step = max(PIECE // self.rows.shape[1], 1)
        for start in range(0, one.shape[0], step):
            a, b = one[start : start + step], other[start : start + step]
            dots = (self.rows[a].double() * self.rows[b].double()).sum(1)
            out[start : start + step] = dots / (self.norms[a] * self.norms[b])
        return out.clamp_(-1, 1)


def nearest_by_coarse(
    directions: Directions, coarse: Coarse, rows: Tensor, m: int, shortlist: int, buffer: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The m nearest other rows of each of `rows` (R,), as far as the coarse product can tell.

    Args:
        directions, coarse: of the same n rows.
        rows: int64, which to look for the neighbours of.
        m: neighbours a row, from 1 to n - 1.
        shortlist: candidates a row that are ranked exactly, at least m.
        buffer: at least (R, n) numbers of the coarse type to work in, or None.

    Returns:
        weights (R, m) float32, neighbours (R, m) int64, and certified (R,) bool: whether they are exact.
    """
    n = coarse.rows.shape[0]
    out = None if buffer is None else buffer[: rows.shape[0]]
    scores = torch.mm(coarse.rows[rows], coarse.rows.T, out=out)
    scores[torch.arange(rows.shape[0], device=rows.device), rows] = NONE
    found, columns = _largest(scores, min(shortlist, n))
    found = found.double()
    bound = coarse.bound(rows, found, columns)
    exact = torch.full(found.shape, NONE, dtype=torch.float32, device=rows.device)
    exact[:, :m] = directions.cosines(rows.repeat_interleave(m), columns[:, :m].flatten()).view(-1, m)
    surpassed = exact[:, :m].amin(1, keepdim=True)  # by m others: whoever stays below it is out
    unsure = (found + bound >= surpassed) & (columns != rows.unsqueeze(1))
    unsure[:, :m] = False
    at, place = unsure.nonzero(as_tuple=True)
    exact[at, place] = directions.cosines(rows[at], columns[at, place])
    weights, neighbors = first(exact, columns, m)
    last = found[:, -1:]
    beyond = last + coarse.bound(rows, last)
    certified = (weights[:, -1:].double() > beyond).squeeze(1) | (shortlist >= n)
    return weights, neighbors, certified


def nearest_exactly(directions: Directions, rows: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """The m nearest other rows of each of `rows` by float64 alone: slow, and always right."""
    weights, neighbors = [], []
    step = max(PIECE // max(directions.rows.shape), 1)
    for start in range(0, rows.shape[0], step):
        row = rows[start : start + step]
        own = directions.rows[row].double()
        cosines = torch.cat(
            [
                own
                @ directions.rows[part].double().T
                / (directions.norms[row, None] * directions.norms[part])
                for part in _parts(directions.rows)
            ],
            1,
        )
        cosines = cosines.float().clamp_(-1, 1).scatter_(1, row.unsqueeze(1), NONE)
        found = top_entries(cosines, m)
        weights.append(found[0])
        neighbors.append(found[1])
    return torch.cat(weights), torch.cat(neighbors)


@contextmanager
def full_precision() -> Iterator[None]:
    """Products as the bound assumes them: float32 as such, and sums of bfloat16 products kept in float32."""
    cuda = torch.backends.cuda.matmul
    precision, reduced = torch.get_float32_matmul_precision(), cuda.allow_bf16_reduced_precision_reduction
    torch.set_float32_matmul_precision("highest")
    cuda.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
        cuda.allow_bf16_reduced_precision_reduction = reduced


def _largest(scores: Tensor, m: int) -> tuple[Tensor, Tensor]:
    """Values and columns of the m largest of each row, in falling order; which of a tie, is left open.

    An entry among the m largest lies in one of the m groups with the largest maxima.
    """
    batch, n = scores.shape
    groups = n // GROUP
    if groups < 2 * m:
        return scores.topk(m, dim=1)
    grouped = scores[:, : groups * GROUP].view(batch, groups, GROUP)
    chosen = grouped.amax(2).topk(m, dim=1).indices
    values = grouped.gather(1, chosen.unsqueeze(2).expand(-1, -1, GROUP)).flatten(1)
    columns = (chosen.unsqueeze(2) * GROUP + torch.arange(GROUP, device=scores.device)).flatten(1)
    if groups * GROUP < n:
        values = torch.cat([values, scores[:, groups * GROUP :]], 1)
        rest = torch.arange(groups * GROUP, n, device=scores.device).expand(batch, -1)
        columns = torch.cat([columns, rest], 1)
    found = values.topk(m, dim=1)
    return found.values, columns.gather(1, found.indices)


def _parts(rows: Tensor) -> list[slice]:
    step = max(PIECE // max(rows.shape[1], 1), 1)
    return [slice(start, start + step) for start in range(0, rows.shape[0], step)]
