"""The neighbour table of a model: built, read from the cache, or passed in and checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from semsam.cache import kept_table, table_path
from semsam.content import Policy, content_mask
from semsam.lazy import LazyNeighbors
from semsam.loading import (
    Embedding,
    Matrix,
    load_configs,
    load_embedding,
    load_tokenizer,
    model_embedding,
)
from semsam.neighbors import build_table, embedding_hash
from semsam.rule import Neighbors
from semsam.table import NeighborTable

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def model_table(
    model: "PreTrainedModel",
    tokenizer: Any,
    *,
    k: int = 32,
    matrix: Matrix = "input",
    policy: Policy = "added",
    center: bool = False,
    cache: bool = True,
    lazy: bool = False,
) -> NeighborTable | LazyNeighbors:
    """Return the table of a model, kept in the cache folder by the hash of its embedding.

    Args:
        model: Any model that generates text.
        tokenizer: Tokenizer of the model.
        k: Neighbours per token, counting the token itself.
        matrix: "input" or "output".
        policy: Content policy, see `semsam.content_mask`.
        center: Whether to subtract the mean embedding first.
        cache: Whether to use the cache folder.
        lazy: Whether to compute neighbours as they are needed instead of building a table; nothing is cached.

    Returns:
        A table on the CPU or on the model's device, or lazily computed neighbours.

    Raises:
        ModelError: The model holds no embedding that can be read.
        SemsamError: The cache folder cannot be written to.
    """
    embedding = model_embedding(model, matrix)
    configs = [model.config, model.generation_config]
    rows = embedding.tensor
    content = content_mask(tokenizer, configs, rows.shape[0], policy, embedding=rows)
    if lazy:
        return LazyNeighbors(rows, content, k, center=center)
    name = str(model.config._name_or_path)
    return _table(embedding, content, name, k=k, matrix=matrix, policy=policy, center=center, cache=cache)


def named_table(
    name: str | Path,
    *,
    k: int = 32,
    matrix: Matrix = "input",
    policy: Policy = "added",
    center: bool = False,
    cache: bool = True,
) -> NeighborTable:
    """Return the table of a model in files, kept in the cache folder by the hash of its embedding.

    Args:
        name: Name of the model, see `semsam.loading`; a .gguf file is converted once, into the cache.
        k: Neighbours per token, counting the token itself.
        matrix: "input" or "output".
        policy: Content policy, see `semsam.content_mask`.
        center: Whether to subtract the mean embedding first.
        cache: Whether to keep the table in the cache folder.

    Returns:
        The table that `semsam build` writes for this model, on the CPU.

    Raises:
        ModelError: The model cannot be read, or a package that this takes is not installed.
        SemsamError: The cache folder cannot be written to.
    """
    embedding = load_embedding(name, matrix)
    rows = embedding.tensor
    content = content_mask(load_tokenizer(name), load_configs(name), rows.shape[0], policy, embedding=rows)
    makings: dict[str, Any] = {"k": k, "matrix": matrix, "policy": policy, "center": center}
    return _table(embedding, content, str(name), **makings, cache=cache)


def _table(
    embedding: Embedding,
    content: Tensor,
    name: str,
    *,
    k: int,
    matrix: Matrix,
    policy: Policy,
    center: bool,
    cache: bool,
) -> NeighborTable:
    rows = embedding.tensor
    about = {"model": name, "tensor": embedding.name, "matrix": matrix, "content": policy}

    def build() -> NeighborTable:
        return build_table(rows, content, k, center=center, metadata=about)

    if not cache:
        return build()
    key = embedding_hash(rows)
    wanted = {
        "embedding_hash": key,
        "centered": "yes" if center else "no",
        "matrix": matrix,
        "content": policy,
        "k": str(k),
    }

    def fits(table: NeighborTable) -> bool:
        made = {name: table.metadata.get(name) for name in wanted}
        uncontrolled = table.metadata.get("control", "none") == "none"
        return made == wanted and uncontrolled and torch.equal(table.content.cpu(), content.cpu())

    path = table_path(key, content, k=k, matrix=matrix, policy=policy, center=center)
    return kept_table(path, build, fits)


def given_table(model: "PreTrainedModel", table: Neighbors | str | Path) -> Neighbors:
    """Check that neighbours, or the table in a file, belong to a model.

    Args:
        model: The model that will use them.
        table: Neighbours, or the file of a table.

    Returns:
        The neighbours.

    Raises:
        TableError: They belong to another model, or the file cannot be read.
    """
    table = NeighborTable.load(table) if isinstance(table, str | Path) else table
    if isinstance(table, NeighborTable):
        key = None
        if "embedding_hash" in table.metadata:
            matrix: Matrix = "output" if table.metadata.get("matrix") == "output" else "input"
            key = embedding_hash(model_embedding(model, matrix).tensor)
        table.check_model(vocab_size=logits_width(model), embedding_hash=key)
    return table


def logits_width(model: Any) -> int:
    """Return V, the number of tokens that a model scores."""
    weight = getattr(model.get_output_embeddings(), "weight", None)
    return int(model.config.get_text_config().vocab_size if weight is None else weight.shape[0])
