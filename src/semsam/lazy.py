"""Neighbours computed on demand: for a few prompts, a whole table would be wasteful."""

import torch
from torch import Tensor

from semsam.search import Method, NeighborSearch


class LazyNeighbors:
    """A stand-in for a `NeighborTable` in `rescore` that computes the same neighbours as tokens come up.

    A step with a new token synchronises with the host, so servers, `torch.compile` and graph capture need a
    table instead.

    Args:
        embedding: (V, d) floats.
        content: (V,) bool, True for content tokens.
        k: Neighbours per token, counting the token itself.
        method: Type of the first pass, see `semsam.search.NeighborSearch`.
        center: Whether to subtract the mean embedding first.

    Raises:
        TableError: The embedding or the content mask is malformed.
        SettingsError: `k` or `method` is out of range.

    Examples:
        >>> embedding = torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
        >>> neighbors = LazyNeighbors(embedding, torch.ones(3, dtype=torch.bool), k=2)
        >>> neighbors.rows(torch.tensor([0]))
        (tensor([[0, 1]], dtype=torch.int32), tensor([[1.0000, 0.6000]]))
        >>> neighbors.computed
        1
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
        self._search = NeighborSearch(embedding, content, k, method=method, center=center)
        self.content = self._search.content
        self._ids = torch.full((embedding.shape[0], k), -1, dtype=torch.int32, device=embedding.device)
        self._weights = torch.zeros(embedding.shape[0], k, device=embedding.device)
        self._unknown = self.content.clone()

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""
        return int(self.content.shape[0])

    @property
    def computed(self) -> int:
        """Number of tokens whose neighbours have been computed."""
        return int((self.content & ~self._unknown).sum())

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the neighbours of tokens.

        Args:
            tokens: (...) int64.

        Returns:
            Ids (..., k) int32 and weights (..., k) float32.
        """
        met = torch.unique(tokens[self._unknown[tokens]])
        if met.shape[0]:
            self._ids[met], self._weights[met] = self._search.find(met)
            self._unknown[met] = False
        return self._ids[tokens], self._weights[tokens]
