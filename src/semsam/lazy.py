"""Neighbours found when they are first asked for: for a few prompts, where a whole table would be waste."""

import torch
from torch import Tensor

from semsam.search import Method, NeighborSearch


class LazyNeighbors:
    """Stands in for a `NeighborTable` in `rescore`, with the same neighbours, computed as tokens are met.

    A step that meets a new token waits for the host: not for servers, `torch.compile` or graph capture.

    Args:
        embedding, content, k, method, center: see `semsam.search.NeighborSearch`.
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
        """How many tokens' neighbours have been computed."""
        return int((self.content & ~self._unknown).sum())

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Ids and weights (..., k) of the neighbours of `tokens` (...)."""
        met = torch.unique(tokens[self._unknown[tokens]])
        if met.shape[0]:
            self._ids[met], self._weights[met] = self._search.find(met)
            self._unknown[met] = False
        return self._ids[tokens], self._weights[tokens]
