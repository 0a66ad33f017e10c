"""Find the neighbours of tokens, by a fast coarse pass and a finer one for the rows that it leaves open."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import torch
from torch import Tensor

from semsam.blocks import in_blocks, power_of_two
from semsam.cosines import Cosines
from semsam.errors import SettingsError, TableError
from semsam.nearest import Coarse, full_precision, nearest

Method = Literal["auto", "bfloat16", "float32"]
METHODS: tuple[Method, ...] = get_args(Method)
SCORES = 1 << 28  # bytes of coarse scores at a time
CANDIDATES = 8  # times k: rows with more candidates in bfloat16 are repeated in float32
ROWS = 1 << 12  # rows checked or centred at a time


class NeighborSearch:
    """Finds the neighbours of tokens; the result does not depend on which tokens are asked for together.

    Args:
        embedding: (V, d) floats of any type; a row is a token's direction.
        content: (V,) bool, True for content tokens. A content token whose row is zero (after centring, if
            `center` is set) has no direction and does not count as content.
        k: Neighbours per token, counting the token itself.
        method: Type of the first coarse pass, "bfloat16" or "float32"; "auto" chooses by device. The results
            are the same.
        center: Whether to subtract the mean of the non-zero content rows first, in float64 and rounded to
            float32.

    Attributes:
        tokens: (n,) int64, the content tokens that have a direction.
        k: Neighbours per token, counting the token itself.
        vocab_size: V, the number of tokens.
        asked: Number of rows looked up so far.
        certified: Number of these that the first coarse pass settled; in float32 it settles all.

    Raises:
        TableError: The embedding is not a matrix of finite floats, or does not fit the content mask.
        SettingsError: `k` or `method` is out of range.

    Examples:
        >>> embedding = torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
        >>> search = NeighborSearch(embedding, torch.ones(3, dtype=torch.bool), k=2)
        >>> search.find(torch.tensor([0]))
        (tensor([[0, 1]], dtype=torch.int32), tensor([[1.0000, 0.6000]]))
    """

    def __init__(
        self,
        embedding: Tensor,
        content: Tensor,
        k: int = 32,
        *,
        method: Method = "auto",
        center: bool = False,
    ) -> None:
        _check(embedding, content, k, method)
        rows, self.tokens = _directions(embedding.detach(), content.to(embedding.device, torch.bool), center)
        if k > self.tokens.shape[0]:
            raise SettingsError(
                f"k is {k}, but only {self.tokens.shape[0]} tokens are content: choose a smaller k"
            )
        self.k = k
        self.vocab_size = int(embedding.shape[0])
        self.asked = self.certified = 0
        quick = _for_device(embedding.device) if method == "auto" else method
        self._types = (torch.float32,) if quick == "float32" else (torch.bfloat16, torch.float32)
        self._row_of = torch.full((self.vocab_size,), -1, device=embedding.device)
        self._row_of[self.tokens] = torch.arange(self.tokens.shape[0], device=embedding.device)
        self._cosines = Cosines(rows)
        self._coarse: dict[torch.dtype, Coarse] = {}
        self._lock = threading.Lock()

    @property
    def content(self) -> Tensor:
        """(V,) bool, True for the content tokens that have a direction."""
        return self._row_of >= 0

    def find(
        self, tokens: Tensor, *, block: int | None = None, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Find the neighbours of content tokens.

        Args:
            tokens: (N,) int64, content tokens that have a direction.
            block: Tokens per block; None takes as many as `SCORES` allows.
            progress: Called with the number of tokens done and their total.

        Returns:
            Ids (N, k) int32 and weights (N, k) float32, the token itself first, then by falling weight.
        """
        rows = self._row_of[tokens]
        found = rows.unsqueeze(1).repeat(1, self.k)
        weights = torch.ones(found.shape, dtype=torch.float32, device=rows.device)
        left = torch.arange(rows.shape[0] if self.k > 1 else 0, device=rows.device)
        done = rows.shape[0] - left.shape[0]
        self.asked += rows.shape[0]
        with full_precision():
            for dtype in self._types:
                again = [left[:0]]
                work = partial(self._nearest, dtype, rows[left])
                size = block or power_of_two(SCORES // (self.tokens.shape[0] * dtype.itemsize))
                for part, (near, others, certified) in in_blocks(work, left.shape[0], size, rows.device):
                    here = left[part]
                    weights[here, 1:], found[here, 1:] = near, others
                    again.append(here[~certified])
                    done += here.shape[0] - again[-1].shape[0]
                    if progress is not None:
                        progress(done, rows.shape[0])
                left = torch.cat(again)
                if dtype == self._types[0]:
                    self.certified += rows.shape[0] - left.shape[0]
        return self.tokens[found].to(torch.int32), weights

    def _nearest(self, dtype: torch.dtype, rows: Tensor, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        limit = CANDIDATES * self.k if dtype == torch.bfloat16 else None
        return nearest(self._cosines, self._pass(dtype), rows[part], self.k - 1, limit)

    def _pass(self, dtype: torch.dtype) -> Coarse:
        with self._lock:
            if dtype not in self._coarse:
                self._coarse[dtype] = Coarse(self._cosines, dtype)
            return self._coarse[dtype]


def _for_device(device: torch.device) -> Method:
    # A CPU without AVX-512 multiplies bfloat16 many times more slowly than float32.
    quick = device.type != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return "bfloat16" if quick else "float32"


def _directions(embedding: Tensor, content: Tensor, center: bool) -> tuple[Tensor, Tensor]:
    """Return the content rows (n, d) that have a direction, and their tokens (n,)."""
    tokens = torch.arange(content.shape[0], device=content.device)
    rows, tokens = _only(content & _directed(embedding), embedding, tokens)
    if rows.numel() and not all(bool(torch.isfinite(end)) for end in torch.aminmax(rows)):
        raise TableError(
            "the embedding holds numbers that are not finite: the model may be damaged, download it again"
        )
    if center and rows.numel():
        total = torch.zeros(rows.shape[1], dtype=torch.float64, device=rows.device)
        for part in _parts(rows):
            total += part.double().sum(0)
        mean = total / rows.shape[0]
        rows = torch.cat([(part.double() - mean).float() for part in _parts(rows)])
        rows, tokens = _only(_directed(rows), rows, tokens)
    return rows, tokens


def _directed(rows: Tensor) -> Tensor:
    return torch.cat([(part != 0).any(1) for part in _parts(rows)])


def _parts(rows: Tensor) -> list[Tensor]:
    return [rows[start : start + ROWS] for start in range(0, rows.shape[0], ROWS)]


def _only(wanted: Tensor, rows: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return the wanted rows; if all are wanted, the same tensors without a copy."""
    return (rows, tokens) if bool(wanted.all()) else (rows[wanted], tokens[wanted])


def _check(embedding: Tensor, content: Tensor, k: int, method: str) -> None:
    if embedding.ndim != 2 or not embedding.is_floating_point() or 0 in embedding.shape:
        raise TableError(
            f"the embedding is {embedding.dtype} of shape {tuple(embedding.shape)}, expected floats (V, d)"
        )
    if tuple(content.shape) != tuple(embedding.shape[:1]):
        raise TableError(
            f"the content mask has shape {tuple(content.shape)}, "
            f"expected one entry for each of the embedding's {embedding.shape[0]} rows"
        )
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise SettingsError(f"k is {k!r}, expected a whole number of at least 1")
    if method not in METHODS:
        raise SettingsError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
