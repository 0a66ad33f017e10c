"""The neighbour table: for each content token its nearest content tokens by cosine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from semsam.errors import TableError

FORMAT = "semsam-neighbors"
VERSION = "1"
_TENSORS = {"ids": torch.int32, "weights": torch.float32, "content": torch.bool}


@dataclass(frozen=True, eq=False)
class NeighborTable:
    """Neighbours of V tokens.

    Args:
        ids: (V, k) int32, a token's neighbours, itself first, then by falling weight; -1 in unused cells
            and in rows of non-content tokens.
        weights: (V, k) float32, cosines in [-1, 1], 1 for the token itself, 0 in unused cells.
        content: (V,) bool, True where the token is content: words, as against special and unused tokens.
        metadata: where the table comes from: model, embedding_hash, matrix, content policy, k, control, ...

    Raises:
        TableError: shapes, types or numbers are not those of a table.
    """

    ids: Tensor
    weights: Tensor
    content: Tensor
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the arrays to their types, and check what the rule relies on."""
        for name, dtype in _TENSORS.items():
            object.__setattr__(self, name, torch.as_tensor(getattr(self, name)).to(dtype))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        shapes = tuple(self.ids.shape), tuple(self.weights.shape), tuple(self.content.shape)
        if self.ids.ndim != 2 or shapes[0] != shapes[1] or shapes[2] != shapes[0][:1] or 0 in shapes[0]:
            raise TableError(
                f"a table has ids {shapes[0]}, weights {shapes[1]}, content {shapes[2]}, "
                "expected (V, k), (V, k), (V,)"
            )
        lowest, highest = int(self.ids.min()), int(self.ids.max())
        if lowest < -1 or highest >= self.vocab_size:
            raise TableError(
                f"a table of {self.vocab_size} tokens names ids from {lowest} to {highest}, "
                f"expected -1 to {self.vocab_size - 1}"
            )
        if not bool((self.weights.abs() <= 1).all()):
            raise TableError("a table has weights that are not numbers from -1 to 1")

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""
        return int(self.ids.shape[0])

    @property
    def k(self) -> int:
        """Neighbours a token at most, itself counted."""
        return int(self.ids.shape[1])

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Ids and weights (..., k) of the neighbours of `tokens` (...), int64."""
        return self.ids[tokens], self.weights[tokens]

    def to(self, device: torch.device | str) -> "NeighborTable":
        """The same table on another device."""
        return NeighborTable(
            self.ids.to(device), self.weights.to(device), self.content.to(device), self.metadata
        )

    def equals(self, other: "NeighborTable") -> bool:
        """Whether both hold the same neighbours, weights and content, whatever their metadata."""
        return all(torch.equal(getattr(self, name), getattr(other, name)) for name in _TENSORS)

    def check(self) -> None:
        """Check what `build_table` promises of every row; TableError names the first that breaks it."""
        used = self.ids >= 0
        tokens = torch.arange(self.vocab_size, device=self.ids.device, dtype=torch.int32)
        ordered = self.ids.sort(1).values
        repeated = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(1)
        unordered = (self.weights[:, 2:] > self.weights[:, 1:-1]) & used[:, 2:]
        strangers = (used & ~self.content[self.ids.clamp(min=0).long()]).any(1)
        broken = {
            "is content without being its own first neighbour with weight 1": self.content
            & ((self.ids[:, 0] != tokens) | (self.weights[:, 0] != 1)),
            "is no content token and has neighbours": ~self.content & used.any(1),
            "has weights in unused cells": ((self.weights != 0) & ~used).any(1),
            "has unused cells before used ones": (used[:, 1:] & ~used[:, :-1]).any(1),
            "names a neighbour twice": repeated,
            "names neighbours that are no content tokens": strangers,
            "has neighbours out of order": unordered.any(1),
        }
        if self.metadata.get("control", "none") != "none":
            del broken["has neighbours out of order"]
        for what, rows in broken.items():
            if bool(rows.any()):
                raise TableError(f"token {int(rows.nonzero()[0])} of the table {what}: build the table anew")

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, whole or not at all."""
        path = Path(path)
        tensors = {name: getattr(self, name).cpu().contiguous() for name in _TENSORS}
        metadata = {**self.metadata, "format": FORMAT, "version": VERSION, "k": str(self.k)}
        partial = path.with_name(path.name + ".partial")
        try:
            save_file(tensors, partial, metadata=metadata)
            partial.replace(path)
        except (OSError, SafetensorError) as error:
            partial.unlink(missing_ok=True)
            raise TableError(f"cannot write the table {path}: {error}") from error

    @classmethod
    def load(cls, path: str | Path, device: torch.device | str = "cpu") -> "NeighborTable":
        """Read a table that `save` wrote; TableError where it is missing, damaged or something else."""
        path = Path(path)
        if not path.is_file():
            raise TableError(f"no table at {path}: make one with semsam build MODEL -o {path}")
        try:
            with safe_open(path, framework="pt", device=str(device)) as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise TableError(
                        f"{path} is no neighbour table: make one with semsam build MODEL -o {path}"
                    )
                if metadata.get("version") != VERSION:
                    raise TableError(
                        f"{path} has version {metadata.get('version')}, this program reads {VERSION}: "
                        "build it anew"
                    )
                tensors = {name: file.get_tensor(name) for name in _TENSORS}
        except (OSError, SafetensorError) as error:
            raise TableError(f"{path} is damaged or no safetensors file ({error}): build it anew") from error
        for name, dtype in _TENSORS.items():
            if tensors[name].dtype != dtype:
                raise TableError(
                    f"{path} holds {name} as {tensors[name].dtype}, expected {dtype}: build it anew"
                )
        try:
            table = cls(**tensors, metadata=metadata)
            table.check()
        except TableError as error:
            raise TableError(f"{path}: {error}") from error
        return table

    def check_model(self, *, vocab_size: int, embedding_hash: str | None = None) -> None:
        """Refuse a table of another model: narrower than the logits, or made from another embedding.

        Args:
            vocab_size: the logits' width. A wider table is cut by the rule; a narrower one is refused.
            embedding_hash: of the model's matrix (`semsam.neighbors.embedding_hash`), where it is known.

        Raises:
            TableError: with both numbers.
        """
        made_from = self.metadata.get("embedding_hash")
        if self.vocab_size < vocab_size:
            raise TableError(
                f"the table holds {self.vocab_size} tokens, the model's logits {vocab_size}: "
                "build the table from this model"
            )
        if embedding_hash is not None and made_from is not None and made_from != embedding_hash:
            raise TableError(
                f"the table was made from an embedding with hash {made_from}, "
                f"this model's has {embedding_hash}: build the table from this model"
            )
