"""The table that a server reads at its start: where it is named, and whether it is the served model's."""

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
    """The path of the table: "table" of a server's own settings, else the environment variable.

    Raises:
        TableError: neither names one, or there are settings that mean nothing.
    """
    settings = {} if settings is None else settings
    if not isinstance(settings, Mapping) or set(settings) - {"table"}:
        raise TableError(f'the server\'s setting semsam is {settings!r}, expected {{"table": PATH}}')
    path = settings.get("table") or os.environ.get(VARIABLE)
    if not isinstance(path, str):
        raise TableError(
            f"no table is named: set {VARIABLE} to the file that semsam build wrote, where the server starts"
        )
    return path


def served_table(
    path: str | Path, *, vocab_size: int, model: str | Path = "", device: torch.device | str = "cpu"
) -> NeighborTable:
    """The table at `path`, once it is known to fit the model.

    Args:
        path: of the table.
        vocab_size: the width of the logits.
        model: what is served. In a folder of safetensors its embedding is compared with the one that the
            table was made from; of anything else the vocabulary alone is.
        device: where the table shall lie.

    Raises:
        TableError: the table is missing, damaged, too narrow, or another model's.
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
    """The embedding in a folder of safetensors; None where it is not found by its name."""
    if not folder.is_dir():
        return None
    try:
        stored = stored_embedding(str(folder), "output" if matrix == "output" else "input")
    except (ModelError, OSError, SafetensorError, LookupError, TypeError, ValueError):
        return None  # whether the model can be read is the server's business
    return None if stored is None else stored.tensor
