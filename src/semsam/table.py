"""The neighbour table: for each content token, its nearest content tokens by cosine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from semsam.errors import TableError
from semsam.writing import write_whole

FORMAT = "semsam-neighbors"
VERSION = "1"
_TENSORS = {"ids": torch.int32, "weights": torch.float32, "content": torch.bool}


@dataclass(frozen=True, eq=False)
class NeighborTable:
    """Neighbours of V tokens.

    Args:
        ids: (V, k) int32, each token's neighbours: itself first, then by falling weight; -1 in unused cells
            and in rows of tokens that are not content.
        weights: (V, k) float32, cosines in [-1, 1]: 1 for the token itself, 0 in unused cells.
        content: (V,) bool, True for content tokens (words, as opposed to special and unused tokens).
        metadata: Origin of the table: model, embedding_hash, matrix, content policy, k, control, ...

    Raises:
        TableError: The shapes, types or numbers are not those of a table.

    Examples:
        Tokens 0 and 1 are neighbours, token 2 is not content:

        >>> ids, weights = [[0, 1], [1, 0], [-1, -1]], [[1, 0.5], [1, 0.5], [0, 0]]
        >>> table = NeighborTable(ids, weights, content=[True, True, False])
        >>> table.vocab_size, table.k
        (3, 2)
        >>> table.rows(torch.tensor([1]))
        (tensor([[1, 0]], dtype=torch.int32), tensor([[1.0000, 0.5000]]))
    """

    ids: Tensor
    weights: Tensor
    content: Tensor
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Convert the arrays to their types, and check what the rule relies on."""
        for name, dtype in _TENSORS.items():
            object.__setattr__(self, name, torch.as_tensor(getattr(self, name)).to(dtype))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        shapes = tuple(self.ids.shape), tuple(self.weights.shape), tuple(self.content.shape)
        if self.ids.ndim != 2 or shapes[0] != shapes[1] or shapes[2] != shapes[0][:1] or 0 in shapes[0]:
            raise TableError(
                f"the table has ids {shapes[0]}, weights {shapes[1]}, content {shapes[2]}, "
                "expected (V, k), (V, k), (V,)"
            )
        lowest, highest = int(self.ids.min()), int(self.ids.max())
        if lowest < -1 or highest >= self.vocab_size:
            raise TableError(
                f"the table of {self.vocab_size} tokens names ids from {lowest} to {highest}, "
                f"expected -1 to {self.vocab_size - 1}"
            )
        if not bool((self.weights.abs() <= 1).all()):
            raise TableError("the table has weights that are not numbers from -1 to 1: build it again")

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""
        return int(self.ids.shape[0])

    @property
    def k(self) -> int:
        """Maximum number of neighbours per token, counting the token itself."""
        return int(self.ids.shape[1])

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the neighbours of tokens.

        Args:
            tokens: (...) int64.

        Returns:
            Ids (..., k) int32 and weights (..., k) float32.
        """
        return self.ids[tokens], self.weights[tokens]

    def to(self, device: torch.device | str) -> "NeighborTable":
        """Return the same table on another device."""
        return NeighborTable(
            self.ids.to(device), self.weights.to(device), self.content.to(device), self.metadata
        )

    def equals(self, other: "NeighborTable") -> bool:
        """Whether both hold the same neighbours, weights and content; their metadata may differ."""
        return all(torch.equal(getattr(self, name), getattr(other, name)) for name in _TENSORS)

    def check(self) -> None:
        """Check what `build_table` promises of every row.

        Raises:
            TableError: A row breaks a promise; the message names the first one.
        """
        used = self.ids >= 0
        tokens = torch.arange(self.vocab_size, device=self.ids.device, dtype=torch.int32)
        ordered = self.ids.sort(1).values
        repeated = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(1)
        unordered = (self.weights[:, 2:] > self.weights[:, 1:-1]) & used[:, 2:]
        strangers = (used & ~self.content[self.ids.clamp(min=0).long()]).any(1)
        broken = {
            "is content but not its own first neighbour with weight 1": self.content
            & ((self.ids[:, 0] != tokens) | (self.weights[:, 0] != 1)),
            "is not content but has neighbours": ~self.content & used.any(1),
            "has weights in unused cells": ((self.weights != 0) & ~used).any(1),
            "has unused cells before used ones": (used[:, 1:] & ~used[:, :-1]).any(1),
            "names a neighbour twice": repeated,
            "names neighbours that are not content": strangers,
            "has neighbours out of order": unordered.any(1),
        }
        if self.metadata.get("control", "none") != "none":
            del broken["has neighbours out of order"]
        for what, rows in broken.items():
            if bool(rows.any()):
                raise TableError(f"token {int(rows.nonzero()[0])} of the table {what}: build the table again")

    def save(self, path: str | Path) -> None:
        """Write the table to a safetensors file, completely or not at all.

        Args:
            path: File to write.

        Raises:
            TableError: The file cannot be written.

        Examples:
            >>> from tempfile import TemporaryDirectory
            >>> table = NeighborTable([[0, 1], [1, 0]], [[1, 0.5], [1, 0.5]], [True, True])
            >>> with TemporaryDirectory() as folder:
            ...     table.save(f"{folder}/table.safetensors")
            ...     NeighborTable.load(f"{folder}/table.safetensors").equals(table)
            True
        """
        path = Path(path)
        tensors = {name: getattr(self, name).cpu().contiguous() for name in _TENSORS}
        metadata = {**self.metadata, "format": FORMAT, "version": VERSION, "k": str(self.k)}
        write_whole(path, save(tensors, metadata=metadata))

    @classmethod
    def load(cls, path: str | Path, device: torch.device | str = "cpu") -> "NeighborTable":
        """Read a table that `save` wrote.

        Args:
            path: File to read.
            device: Device to put the table on.

        Returns:
            The table, whose rows have been checked.

        Raises:
            TableError: The file is missing or damaged, or is not a neighbour table.
        """
        path = Path(path)
        if not path.is_file():
            raise TableError(f"no table at {path}: build one with semsam build MODEL -o {path}")
        try:
            with safe_open(path, framework="pt", device=str(device)) as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise TableError(
                        f"{path} is not a neighbour table: build one with semsam build MODEL -o TABLE"
                    )
                if metadata.get("version") != VERSION:
                    raise TableError(
                        f"{path} has version {metadata.get('version')}, expected {VERSION}: build it again"
                    )
                tensors = {name: file.get_tensor(name) for name in _TENSORS}
        except (OSError, SafetensorError) as error:
            raise TableError(
                f"{path} is damaged or not a safetensors file ({error}): build it again"
            ) from error
        for name, dtype in _TENSORS.items():
            if tensors[name].dtype != dtype:
                raise TableError(
                    f"{path} holds {name} as {tensors[name].dtype}, expected {dtype}: build it again"
                )
        try:
            table = cls(**tensors, metadata=metadata)
            table.check()
        except TableError as error:
            raise TableError(f"{path}: {error}") from error
        return table

    def check_model(self, *, vocab_size: int, embedding_hash: str | None = None) -> None:
        """Refuse a table of another model: narrower than the logits, or built from another embedding.

        Args:
            vocab_size: Width of the logits. A wider table is fine, because the rule ignores the rest.
            embedding_hash: Hash of the model's matrix (`semsam.embedding_hash`); None skips the comparison.

        Raises:
            TableError: The table does not fit; the message gives both numbers or both hashes.
        """
        made_from = self.metadata.get("embedding_hash")
        if self.vocab_size < vocab_size:
            raise TableError(
                f"the table holds {self.vocab_size} tokens, the model's logits {vocab_size}: "
                "build the table from this model"
            )
        if embedding_hash is not None and made_from is not None and made_from != embedding_hash:
            raise TableError(
                f"the table was built from an embedding with hash {made_from}, "
                f"this model's embedding has hash {embedding_hash}: build the table from this model"
            )
