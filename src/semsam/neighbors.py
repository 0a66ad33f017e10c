"""The neighbours of every token: the table that the rule reads."""

import hashlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from semsam.errors import SettingsError
from semsam.search import METHODS, Method, NeighborSearch
from semsam.table import NeighborTable

__all__ = ["METHODS", "Method", "NeighborSearch", "build_table", "embedding_hash"]

HASHED = 1 << 22  # numbers at a time


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
    """The table of a whole vocabulary, computed where the embedding lies.

    Beside the embedding and the table it takes 2 bytes a number for the content rows in bfloat16 (4 in
    float32, where bfloat16 leaves rows open or float32 was asked for); as much as the embedding once more
    where not every row is content, or 4 bytes a number where rows are centred; 2 or 4 bytes for each of
    block x V coarse scores, 256 MiB where no block is given; and some 0.1 GB a thread to rank them. On a
    processor the blocks are shared among torch's threads, up to 8 of them, each of which then works alone.

    Args:
        embedding, content, k, method, center: see `NeighborSearch`.
        block: rows at a time; the table is the same for any.
        metadata: to keep with the table; the embedding's hash, k, and whether it was centred are added.
        progress: called with the tokens done and the tokens in all.

    Returns:
        A table on the embedding's device.

    Raises:
        TableError, SettingsError: see `NeighborSearch`.
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
    """32 hexadecimal digits that stand for a matrix: its shape, and its numbers as float32.

    So a model in bfloat16 and the same one loaded in float32 have one hash.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(str(tuple(embedding.shape)).encode())
    flat = embedding.detach().reshape(-1)
    for start in range(0, flat.shape[0], HASHED):
        digest.update(flat[start : start + HASHED].float().cpu().numpy().tobytes())
    return digest.hexdigest()
