"""The neighbours of every token: the table that the rule reads."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import torch
from torch import Tensor

from semsam.errors import SettingsError, TableError
from semsam.nearest import Coarse, Directions, full_precision, nearest_by_coarse, nearest_exactly
from semsam.table import NeighborTable

Method = Literal["auto", "bfloat16", "float32"]
METHODS: tuple[Method, ...] = get_args(Method)
SCORES = 1 << 26  # coarse scores of a block, 128 MiB of them in bfloat16
SHORTLISTS = {torch.bfloat16: 3, torch.float32: 2}  # times k
HASHED = 1 << 22  # numbers at a time


class NeighborSearch:
    """Finds the neighbours of given tokens; the same ones whatever tokens are asked for together.

    Args:
        embedding: (V, d) of any float type; a row is a token's direction.
        content: (V,) bool. A content token whose row is zero, less the mean where it is centred, has no
            direction and is no content.
        k: neighbours a token, itself counted.
        method: "bfloat16" or "float32", of the coarse pass; "auto" takes bfloat16. The results are the same.
        center: take the mean of the content rows off every row first, in float32.

    Raises:
        TableError: the embedding is no matrix of finite numbers, or does not fit the content mask.
        SettingsError: k or the method is out of range.
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
        embedding, content = embedding.detach(), content.to(embedding.device, torch.bool)
        rows = embedding if bool(content.all()) else embedding[content]
        if center and rows.shape[0]:
            rows = (rows.double() - rows.double().mean(0)).float()
        if not bool(torch.isfinite(rows.amax() - rows.amin())) if rows.numel() else False:
            raise TableError("the embedding holds numbers that are not finite: is the model's file damaged?")
        directions = Directions.of(rows)
        tokens = content.nonzero().squeeze(1)
        if not bool(directions.norms.all()):
            held = directions.norms > 0
            directions, tokens = Directions(directions.rows[held], directions.norms[held]), tokens[held]
        if k > tokens.shape[0]:
            raise SettingsError(
                f"k is {k}, and only {tokens.shape[0]} tokens are content: choose a smaller k"
            )
        self.k = k
        self.tokens = tokens  # by row
        self.row_of = torch.full((embedding.shape[0],), -1, device=tokens.device)
        self.row_of[tokens] = torch.arange(tokens.shape[0], device=tokens.device)
        self.certified = 0  # rows that the coarse pass could certify, and all
        self.asked = 0
        self._directions = directions
        self._dtypes = (torch.float32,) if method == "float32" else (torch.bfloat16, torch.float32)
        self._coarse: dict[torch.dtype, Coarse] = {}

    @property
    def content(self) -> Tensor:
        """(V,) bool: the content tokens that have a direction."""
        return self.row_of >= 0

    def find(self, tokens: Tensor, buffer: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Ids (N, k) int32 and weights (N, k) float32 of the neighbours of content tokens (N,).

        `buffer` is memory for the coarse scores of N tokens, of the first coarse type (`scores_buffer`).
        """
        rows = self.row_of[tokens]
        ids = self.tokens[rows].unsqueeze(1)
        weights = torch.ones(ids.shape, dtype=torch.float32, device=ids.device)
        if self.k > 1:
            with full_precision():
                near, found = self._nearest(rows, self.k - 1, buffer)
            ids = torch.cat([ids, self.tokens[found]], 1)
            weights = torch.cat([weights, near], 1)
        return ids.to(torch.int32), weights

    def scores_buffer(self, rows: int) -> Tensor:
        """Memory for the coarse scores of this many rows."""
        return torch.empty(rows, self.tokens.shape[0], dtype=self._dtypes[0], device=self.tokens.device)

    def _nearest(self, rows: Tensor, m: int, buffer: Tensor | None) -> tuple[Tensor, Tensor]:
        weights = torch.empty(rows.shape[0], m, dtype=torch.float32, device=rows.device)
        found = torch.empty(rows.shape[0], m, dtype=torch.int64, device=rows.device)
        left = torch.arange(rows.shape[0], device=rows.device)
        for dtype in self._dtypes:
            if dtype not in self._coarse:
                self._coarse[dtype] = self._directions.coarse(dtype)
            shortlist = SHORTLISTS[dtype] * self.k + 8
            here, near, certain = nearest_by_coarse(
                self._directions, self._coarse[dtype], rows[left], m, shortlist, buffer
            )
            weights[left], found[left] = here, near
            if dtype == self._dtypes[0]:
                self.asked += left.shape[0]
                self.certified += int(certain.sum())
            left, buffer = left[~certain], None
            if not left.shape[0]:
                return weights, found
        weights[left], found[left] = nearest_exactly(self._directions, rows[left], m)
        return weights, found


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

    Beside the embedding and the table it takes the content rows in bfloat16 (where rows are left over, in
    float32 too; and once more where not all are content), and 2 bytes for each of block x V coarse scores.

    Args:
        embedding, content, k, method, center: see `NeighborSearch`.
        block: rows at a time; the table is the same for any. None: as many as 128 MiB of scores allow.
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
    vocab, device = embedding.shape[0], embedding.device
    ids = torch.full((vocab, k), -1, dtype=torch.int32, device=device)
    weights = torch.zeros(vocab, k, dtype=torch.float32, device=device)
    total = search.tokens.shape[0]
    step = min(block or max(SCORES // total, 1), total)
    buffer = search.scores_buffer(step)
    for done in range(0, total, step):
        tokens = search.tokens[done : done + step]
        ids[tokens], weights[tokens] = search.find(tokens, buffer)
        if progress is not None:
            progress(min(done + step, total), total)
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


def _check(embedding: Tensor, content: Tensor, k: int, method: str) -> None:
    if embedding.ndim != 2 or not embedding.is_floating_point():
        raise TableError(
            f"the embedding is {embedding.dtype} of shape {tuple(embedding.shape)}, expected floats (V, d)"
        )
    if tuple(content.shape) != tuple(embedding.shape[:1]):
        raise TableError(
            f"the content mask has shape {tuple(content.shape)}, the embedding {embedding.shape[0]} rows"
        )
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise SettingsError(f"k is {k!r}, expected a whole number of at least 1")
    if method not in METHODS:
        raise SettingsError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
