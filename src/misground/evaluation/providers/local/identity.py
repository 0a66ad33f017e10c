"""The description of a local model in a run record: its identity, and the hardware and versions."""

import hashlib
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import misground
from misground.evaluation.providers.local.arguments import LocalArguments
from misground.evaluation.providers.local.loading import Loaded
from semsam import NeighborTable

PART = 2**26  # bytes that are hashed at once


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
    """Return the hash of a folder (`folder_hash`), or the commit of a model of the hub.

    A folder may hold anything, whatever commit its path names.
    """
    if Path(source).is_dir():
        return f"sha256:{folder_hash(Path(source))}"
    commit = getattr(model.config, "_commit_hash", None)
    return str(commit) if commit else None


def folder_hash(folder: Path) -> str:
    """Hash the names and contents of all files of a model folder that are not hidden.

    Every byte counts, because cached replies belong to exactly this model. Parts of 64 MB are hashed at the
    same time, which takes a second or less per gigabyte.
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor() as threads:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                size = path.stat().st_size
                digest.update(f"{relative.as_posix()}\0{size}\0".encode())
                for part in threads.map(partial(_part_hash, path), range(0, size, PART)):
                    digest.update(part)
    return digest.hexdigest()


def _part_hash(path: Path, start: int) -> bytes:
    digest, left = hashlib.sha256(), PART
    with path.open("rb") as file:
        file.seek(start)
        while left and (block := file.read(min(left, 2**20))):
            digest.update(block)
            left -= len(block)
    return digest.digest()


def device_name(device: torch.device) -> str:
    """Return the name of a GPU, or the type of another device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
