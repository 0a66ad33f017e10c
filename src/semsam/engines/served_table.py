"""The table that a server reads when it starts: find it, and check that it fits the served model."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from semsam.errors import ModelError, TableError
from semsam.loading import stored_embedding
from semsam.neighbors import embedding_hash
from semsam.table import NeighborTable

VARIABLE = "SEMSAM_TABLE"


def table_name(settings: Mapping[str, Any] | None = None) -> str:
    """Return the path of the table, from a server's settings or the environment variable SEMSAM_TABLE.

    Args:
        settings: A server's settings for semsam, such as {"table": "qwen.safetensors"}.

    Raises:
        TableError: Neither names a table, or the settings hold something else.

    Examples:
        >>> table_name({"table": "qwen.safetensors"})
        'qwen.safetensors'
    """
    settings = {} if settings is None else settings
    if not isinstance(settings, Mapping) or set(settings) - {"table"}:
        raise TableError(f'the server\'s setting semsam is {settings!r}, expected {{"table": PATH}}')
    path = settings.get("table") or os.environ.get(VARIABLE)
    if not isinstance(path, str):
        raise TableError(
            f"no table is named: set {VARIABLE} to a file that semsam build wrote before you start the server"
        )
    return path


def served_table(
    path: str | Path, *, vocab_size: int, model: str | Path = "", device: torch.device | str = "cpu"
) -> NeighborTable:
    """Read the table at `path`, and check that it fits the model.

    Args:
        path: File of the table.
        vocab_size: Width of the logits.
        model: The served model. If it is a folder of safetensors, its embedding is compared with the one that
            the table was built from; for anything else only the vocabulary is checked.
        device: Device to put the table on.

    Returns:
        The table on `device`.

    Raises:
        TableError: The table is missing, damaged or too narrow, or belongs to another model.
    """
    table = NeighborTable.load(path)
    embedding = _stored(Path(model), table.metadata.get("matrix", "input")) if model else None
    try:
        table.check_model(
            vocab_size=vocab_size, embedding_hash=None if embedding is None else embedding_hash(embedding)
        )
    except TableError as error:
        raise TableError(f"{path}: {error}") from error
    return table.to(device)


def _stored(folder: Path, matrix: str) -> Tensor | None:
    """Return the embedding in a folder of safetensors; None if it is not found by its name."""
    if not folder.is_dir():
        return None
    try:
        stored = stored_embedding(str(folder), "output" if matrix == "output" else "input")
    except (ModelError, OSError, SafetensorError, LookupError, TypeError, ValueError):
        return None  # reading the model is the server's task, and so are its errors
    return None if stored is None else stored.tensor
