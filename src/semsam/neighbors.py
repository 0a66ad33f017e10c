"""Build the neighbour table that the rule reads."""

import hashlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from semsam.errors import SettingsError
from semsam.search import METHODS, Method, NeighborSearch
from semsam.table import NeighborTable

__all__ = ["METHODS", "Method", "NeighborSearch", "build_table", "embedding_hash"]

HASHED = 1 << 22  # numbers hashed at a time


def build_table(
    embedding: Tensor,
    content: Tensor,
    k: int = 32,
    *,
    method: Method = "auto",
    block: int | None = None,
    center: bool = False,
    metadata: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NeighborTable:
    """Build the table of a whole vocabulary, on the embedding's device.

    Besides the embedding and the table, memory holds: the content rows in bfloat16, 2 bytes per number (4 in
    float32, if bfloat16 leaves rows open or float32 was asked for); a copy of the embedding if not every row
    is content, or 4 bytes per number if rows are centred; block x V coarse scores of 2 or 4 bytes each (256
    MiB by default); and about 0.1 GB per thread for ranking. On a CPU, up to 8 of torch's threads share the
    blocks and each works alone.

    Args:
        embedding: (V, d) floats.
        content: (V,) bool, True for content tokens, see `semsam.content_mask`.
        k: Neighbours per token, counting the token itself.
        method: Type of the first pass, see `semsam.search.NeighborSearch`; the table is the same for any.
        block: Rows per block, at least 1; the table is the same for any.
        center: Whether to subtract the mean embedding first.
        metadata: Facts to store with the table. The embedding's hash, k, and whether it was centred are
            added.
        progress: Called with the number of tokens done and their total.

    Returns:
        A table on the embedding's device.

    Raises:
        TableError: The embedding is not a matrix of finite floats, or does not fit the content mask.
        SettingsError: `k`, `method` or `block` is out of range.

    Examples:
        >>> embedding = torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0], [5.0, 5.0]])
        >>> table = build_table(embedding, torch.tensor([True, True, True, False]), k=2)
        >>> table.ids.tolist()
        [[0, 1], [1, 2], [2, 1], [-1, -1]]
        >>> table.weights
        tensor([[1.0000, 0.6000],
                [1.0000, 0.8000],
                [1.0000, 0.8000],
                [0.0000, 0.0000]])
    """
    if block is not None and block < 1:
        raise SettingsError(f"block is {block}, expected at least 1")
    search = NeighborSearch(embedding, content, k, method=method, center=center)
    ids = torch.full((embedding.shape[0], k), -1, dtype=torch.int32, device=embedding.device)
    weights = torch.zeros(ids.shape, dtype=torch.float32, device=embedding.device)
    ids[search.tokens], weights[search.tokens] = search.find(search.tokens, block=block, progress=progress)
    about = {"embedding_hash": embedding_hash(embedding), "centered": "yes" if center else "no"}
    return NeighborTable(ids, weights, search.content, {**about, **(metadata or {}), "k": str(k)})


def embedding_hash(embedding: Tensor) -> str:
    """Return 32 hexadecimal digits that stand for a matrix: its shape, and its numbers as float32.

    A model in bfloat16 and the same model loaded in float32 have the same hash.

    Args:
        embedding: (V, d) floats.

    Examples:
        >>> embedding_hash(torch.eye(2)) == embedding_hash(torch.eye(2, dtype=torch.bfloat16))
        True
        >>> embedding_hash(torch.eye(2)) == embedding_hash(torch.eye(3))
        False
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(str(tuple(embedding.shape)).encode())
    flat = embedding.detach().reshape(-1)
    for start in range(0, flat.shape[0], HASHED):
        digest.update(flat[start : start + HASHED].float().cpu().numpy().tobytes())
    return digest.hexdigest()
