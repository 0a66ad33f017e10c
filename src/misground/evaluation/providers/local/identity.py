"""The description of a local model in a run record: its identity, and the hardware and versions."""

import hashlib
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import misground
from misground.evaluation.providers.local.arguments import LocalArguments
from misground.evaluation.providers.local.loading import Loaded
from semsam import NeighborTable

BLOCK, BLOCKS = 4096, 256  # bytes, and how many of a file: one megabyte


def described(loaded: Loaded, arguments: LocalArguments) -> dict[str, Any]:
    """Describe a model in JSON values, without paths of this machine."""
    model = loaded.model
    return {
        "model_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "revision": revision(model, loaded.source),
        "model_class": type(model).__name__,
        "processor_class": None
        if loaded.encoder.processor is None
        else type(loaded.encoder.processor).__name__,
        "remote_code": arguments.trust_remote_code,
        "dtype": str(model.dtype).removeprefix("torch."),
        "device": device_name(model.device),
        "batch_size": arguments.batch_size,
        "context_length": loaded.context_length,
        "end_tokens": list(loaded.ends),
        "decoding": arguments.decoding,
        **rule_described(loaded),
        "versions": {
            "python": platform.python_version(),
            "misground": misground.__version__,
            **{name: version(name) for name in ("torch", "transformers", "tokenizers", "numpy")},
        },
    }


def rule_described(loaded: Loaded) -> dict[str, Any]:
    """Describe the rule: its settings, the hash of its table, and its metadata; None without the rule."""
    rule = loaded.rule
    if rule is None:
        return {"decoding_settings": None, "table_hash": None, "table": None}
    table = rule.table if isinstance(rule.table, NeighborTable) else None
    return {
        "decoding_settings": asdict(rule.settings),
        "table_hash": None if table is None else table_hash(table),
        "table": None if table is None else {k: v for k, v in table.metadata.items() if k != "model"},
    }


def table_hash(table: NeighborTable) -> str:
    """Hash the numbers of a table (ids, weights, content) with SHA-256, without its metadata."""
    digest = hashlib.sha256()
    for tensor in (table.ids, table.weights, table.content):
        digest.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def revision(model: Any, source: str) -> str | None:
    """Return the commit of a model of the hub, or the hash of a folder (`folder_hash`)."""
    commit = getattr(model.config, "_commit_hash", None)
    if commit:
        return str(commit)
    return f"sha256:{folder_hash(Path(source))}" if Path(source).is_dir() else None


def folder_hash(folder: Path) -> str:
    """Hash a model folder without reading gigabytes.

    The hash covers the names and sizes of all files that are not hidden, the content of small files, and
    blocks spread evenly over large ones. Further training changes it; a change of a few numbers may not.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            size = path.stat().st_size
            digest.update(f"{relative.as_posix()}\0{size}\0".encode())
            with path.open("rb") as file:
                for start in block_starts(size):
                    file.seek(start)
                    digest.update(file.read(BLOCK))
    return digest.hexdigest()


def block_starts(size: int) -> list[int]:
    """Return the offsets of the blocks to read: all of them, or BLOCKS including the first and the last.

    Args:
        size: Size of the file in bytes.
    """
    if size <= BLOCK * BLOCKS:
        return list(range(0, size, BLOCK))
    return [at * (size - BLOCK) // (BLOCKS - 1) for at in range(BLOCKS)]


def device_name(device: torch.device) -> str:
    """Return the name of a GPU, or the type of another device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
