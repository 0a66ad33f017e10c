"""Exact nearest rows by cosine: a coarse product finds the candidates, and float64 decides among them.

The cosine of two rows is the float64 dot product of the rows over the product of their norms, rounded to
float32. So the order does not depend on how a product was split into blocks, and ties at float32 go to the
lower row.

The error of a coarse score has a known bound. Let `bar` be a score that m of a row's others reach. Then the
m-th best cosine is at least bar - bound, and a row that scores below bar - 2 bound is not among the m best.
The others are candidates and are ranked by their cosines, those with the m highest scores first, because the
lowest of these cosines rules out most of the rest. A row with too many candidates is left to a finer product.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from semsam.cosines import Cosines
from semsam.selection import first

GROUP = 64  # columns per group; a group is searched if its maximum is high enough
ABSENT, LOWEST = -2.0, -1.5  # below every coarse score: for cells without one, and for rows without a bar
ENTRIES = 1 << 22  # coarse scores compared with the cut at a time
ROUNDING = {torch.bfloat16: 2.0**-8, torch.float32: 2.0**-23}  # relative rounding error of a score
BITS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}


class Coarse:
    """The rows of `cosines` at unit length in a coarse type, padded with zero rows to whole groups.

    Args:
        cosines: The exact rows.
        dtype: torch.bfloat16 or torch.float32.

    Attributes:
        rows: (columns, d), the padded rows.
        error: (n,) float64, the distance of each row from the exact unit row.
    """

    def __init__(self, cosines: Cosines, dtype: torch.dtype) -> None:
        n, width = cosines.rows.shape
        self.rows = torch.zeros(-(-n // GROUP) * GROUP, width, dtype=dtype, device=cosines.rows.device)
        self.error = torch.empty_like(cosines.norms)
        for part, exact in cosines.unit_rows():
            self.rows[part] = exact.to(dtype)
            self.error[part] = torch.linalg.vector_norm(self.rows[part].double() - exact, dim=1)
        self._largest_error = self.error.max()
        self._kept = threading.local()

    def scores(self, rows: Tensor) -> Tensor:
        """Compute coarse cosines of R rows with all rows.

        The result lies in memory that the thread's next call reuses: freeing a block of scores and allocating
        the next one costs more than a pass over them.

        Args:
            rows: (R,) int64.

        Returns:
            (R, columns), `ABSENT` for a row with itself and for padding.
        """
        count, columns = rows.shape[0], self.rows.shape[0]
        kept: Tensor | None = getattr(self._kept, "scores", None)
        if kept is None or kept.shape[0] < count:
            kept = self._kept.scores = self.rows.new_empty(count, columns)
        scores = torch.mm(self.rows[rows], self.rows.T, out=kept[:count])
        scores[:, self.error.shape[0] :] = ABSENT
        scores[torch.arange(count, device=rows.device), rows] = ABSENT
        return scores

    def bound(self, rows: Tensor, scores: Tensor, columns: Tensor | None = None) -> Tensor:
        """Bound the difference between coarse scores and the cosines.

        |b_i b_j - u_i u_j| <= |b_i - u_i| + |b_i| |b_j - u_j| by Cauchy and Schwarz. Added to this are the
        float32 sum of d products (twice the usual bound), the rounding of the score to its type, and that of
        the cosine to float32.

        Args:
            rows: (R,) int64.
            scores: (R, S) coarse scores of these rows.
            columns: (R, S) int64, the columns that the scores belong to; None bounds any column.

        Returns:
            (R, S) float64.
        """
        mine = self.error[rows].unsqueeze(1)
        theirs = self._largest_error if columns is None else self.error[columns]
        summed = (self.rows.shape[1] + 2) * 2.0**-23 * (1 + mine) * (1 + theirs)
        rounded = scores.double().abs() * ROUNDING[self.rows.dtype]
        return mine + (1 + mine) * theirs + summed + rounded + 2.0**-22


def nearest(
    cosines: Cosines,
    coarse: Coarse,
    rows: Tensor,
    m: int,
    limit: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Find the m nearest other rows of each of R rows.

    Args:
        cosines: Exact cosines of n rows.
        coarse: Coarse form of the same rows.
        rows: (R,) int64, the rows to find neighbours of.
        m: Neighbours per row, from 1 to n - 1.
        limit: Maximum number of candidates; rows with more are not certified. None certifies every row.

    Returns:
        Weights (R, m) float32 and neighbours (R, m) int64, best first, and certified (R,) bool, True if they
        are exact. In other rows they are undefined.
    """
    scores, total = coarse.scores(rows), rows.shape[0]
    group = GROUP
    while group > 1 and scores.shape[1] < 4 * m * group:
        group //= 2
    maxima = _maxima(scores, group)
    cut = _cut(coarse, rows, maxima, m)
    wanted = maxima >= cut
    counts = wanted.sum(1)
    certified = counts <= (scores.shape[1] if limit is None else limit)
    wanted &= certified.unsqueeze(1)

    weights = torch.empty(total, m, dtype=torch.float32, device=rows.device)
    neighbors = torch.empty(total, m, dtype=torch.int64, device=rows.device)
    for part in _parts((counts * certified).tolist(), ENTRIES // group):
        one, column, score = _candidates(scores[part], wanted[part], cut[part], group)
        sizes = torch.bincount(one, minlength=part.stop - part.start)
        if limit is not None:
            few = sizes <= limit
            certified[part] &= few
            kept = few[one]
            one, column, score = one[kept], column[kept], score[kept]
            sizes = sizes * few
        place = torch.arange(one.shape[0], device=rows.device) - (sizes.cumsum(0) - sizes)[one]
        shape = part.stop - part.start, max(int(sizes.max()), m)
        coarsely = torch.full(shape, ABSENT, dtype=torch.float32, device=rows.device)
        columns = torch.zeros(shape, dtype=torch.int64, device=rows.device)
        coarsely[one, place], columns[one, place] = score, column
        weights[part], neighbors[part] = _ranked(cosines, coarse, rows[part], coarsely, columns, m)
    return weights, neighbors, certified


@contextmanager
def full_precision() -> Iterator[None]:
    """Compute products as the bound assumes: float32 in full, and sums of bfloat16 products in float32."""
    cuda = torch.backends.cuda.matmul
    precision, reduced = torch.get_float32_matmul_precision(), cuda.allow_bf16_reduced_precision_reduction
    torch.set_float32_matmul_precision("highest")
    cuda.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
        cuda.allow_bf16_reduced_precision_reduction = reduced


def _maxima(scores: Tensor, group: int) -> Tensor:
    """(R, groups) float32: the largest score of each group of columns, or 0 if all are negative.

    Bits of floats from 0 on are ordered as integers, whose maximum is several times as fast; the bits of
    negative floats are negative integers.
    """
    bits = scores.view(BITS[scores.dtype]).view(scores.shape[0], -1, group)
    return bits.amax(2).clamp_(min=0).view(scores.dtype).float()


def _cut(coarse: Coarse, rows: Tensor, maxima: Tensor, m: int) -> Tensor:
    """(R, 1) float32: the score below which no row can be among the m best."""
    if maxima.shape[1] < m:
        return maxima.new_full((rows.shape[0], 1), LOWEST)
    bar = maxima.topk(m, dim=1).values[:, -1:]
    # The division covers scores below the bar that are larger in magnitude; 2^-20 covers the cut's rounding.
    cut = bar - 2 * coarse.bound(rows, bar) / (1 - ROUNDING[coarse.rows.dtype]) - 2.0**-20
    return torch.where(bar > 0, cut, LOWEST).float()


def _candidates(scores: Tensor, wanted: Tensor, cut: Tensor, group: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, columns and values (N,) of the scores from the cut on in the wanted groups, in order."""
    row, block = wanted.nonzero(as_tuple=True)
    entries = scores.view(-1, group).index_select(0, row * wanted.shape[1] + block)
    found, place = (entries >= cut[row]).nonzero(as_tuple=True)
    return row[found], block[found] * group + place, entries[found, place].float()


def _ranked(
    cosines: Cosines, coarse: Coarse, rows: Tensor, scores: Tensor, columns: Tensor, m: int
) -> tuple[Tensor, Tensor]:
    """The m best of each row's candidates (R, S), in order, by the cosines of all that can be among them."""
    exact = torch.full(scores.shape, ABSENT, dtype=torch.float32, device=rows.device)
    place = scores.topk(m, dim=1).indices
    row = torch.arange(rows.shape[0], device=rows.device).unsqueeze(1).expand(place.shape)
    known = cosines(rows[row].flatten(), columns[row, place].flatten()).view(place.shape)
    # m candidates reach the lowest of these cosines: a candidate that cannot is out.
    open_ = scores + coarse.bound(rows, scores, columns) >= known.amin(1, keepdim=True)
    open_ &= scores > LOWEST
    open_[row, place] = False
    exact[row, place] = known
    row, place = open_.nonzero(as_tuple=True)
    exact[row, place] = cosines(rows[row], columns[row, place])
    return first(exact, columns, m)


def _parts(counts: Sequence[int], most: int) -> Iterator[slice]:
    """Split the rows so that each part's number of rows times its largest count stays below `most`."""
    start, largest = 0, 0
    for row, count in enumerate(counts):
        largest = max(largest, count)
        if row > start and (row + 1 - start) * largest > most:
            yield slice(start, row)
            start, largest = row, count
    if start < len(counts):
        yield slice(start, len(counts))
