"""What the files of a model may name: other files of the same model, and no code unless it is trusted.

A model folder comes from a stranger. Its index of weights, its links and its configurations are checked
before transformers reads them, whatever release of it is installed.
"""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semsam.errors import ModelError

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
CONFIGS = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
)
MOST_FILES = 100_000
MOST_BYTES = 256 * 2**20  # of an index or a configuration; those of the largest models have a hundredth
SHOWN = 100
KERNELS = frozenset(
    f"{mark}{part}_implementation{end}"
    for mark in ("", "_")
    for part in ("attn", "experts")
    for end in ("", "_internal")
)


def check_folder(folder: Path) -> None:
    """Check that every file of a model folder is a file in this folder.

    A link may lead to another file of the folder or, in the cache of the Hugging Face hub, of the same model
    (`models--OWNER--NAME/snapshots/REVISION/FILE` leads to `models--OWNER--NAME/blobs/HASH`).

    Raises:
        ModelError: A link leads elsewhere, or an entry is not a file (a pipe, for example).
    """
    root = _root(folder)
    for count, path in enumerate(_entries(folder)):
        if count > MOST_FILES:
            raise ModelError(f"{folder} holds more than {MOST_FILES:,} files, expected a model folder")
        try:
            target = Path(os.path.realpath(path, strict=True))
            mode = target.stat().st_mode
        except OSError as error:
            raise ModelError(
                f"{path} is a link that leads nowhere ({error.strerror}): download the model again"
            ) from error
        if not target.is_relative_to(root):
            raise ModelError(
                f"{path} is a link to a file outside of the model: copy the file into the folder"
            )
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ModelError(f"{path} is neither a file nor a folder: remove it")


def tensor_files(path: Path, source: str) -> dict[str, str]:
    """Read an index of weights: the name of the safetensors file that holds each tensor.

    Args:
        path: The index.
        source: Model folder or id, as messages name it.

    Raises:
        ModelError: The index names something else than safetensors files beside it.
        OSError, ValueError, KeyError: It cannot be read.
    """
    files = read_json(path)["weight_map"]
    if not isinstance(files, dict):
        raise ValueError("the index holds no map of weights")
    for name in set(map(str, files.values())):
        if not is_weights_name(name):
            raise ModelError(
                f"the index of {source} names {name[:SHOWN]!r}, a file outside of the model or not a "
                "safetensors file: download the model again"
            )
    return files


def is_weights_name(name: str) -> bool:
    """Whether this is the plain name of a safetensors file, without a folder."""
    plain = not any(sign in name for sign in "/\\:\0") and not name.startswith(".")
    return plain and name.endswith(".safetensors")


def check_config(config: Any, source: str, *, trust_remote_code: bool) -> None:
    """Check what a configuration makes transformers load besides the model's own files.

    Args:
        config: The configuration as JSON values, at any depth.
        source: Model folder or id, as messages name it.
        trust_remote_code: Whether code that comes with the model may run.

    Raises:
        ModelError: It names weights outside of the model, or code (a kernel of the hub) that is not trusted.
    """
    for name, value in _pairs(config):
        if name == "transformers_weights" and not (
            isinstance(value, str) and is_weights_name(value.removesuffix(".index.json"))
        ):
            raise ModelError(
                f"the configuration of {source} names the weights {str(value)[:SHOWN]!r}, expected a "
                "safetensors file of the model: download the model again"
            )
        if name == "trust_remote_code" and value and not trust_remote_code:
            raise ModelError(
                f"the configuration of {source} trusts code by itself: read the code, then add "
                "--trust-remote-code (trust_remote_code=True)"
            )
        if name in KERNELS and not trust_remote_code and "/" in json.dumps(value):
            raise ModelError(
                f"the configuration of {source} names a kernel to download and run, {str(value)[:SHOWN]!r}: "
                "read its code, then add --trust-remote-code (trust_remote_code=True)"
            )


def check_configs(folder: Path, *, trust_remote_code: bool) -> None:
    """Check every configuration of a model folder with `check_config`.

    Raises:
        ModelError: One of them may not be used.
        OSError, ValueError, RecursionError: One of them cannot be read.
    """
    for name in CONFIGS:
        path = folder / name
        if path.is_file():
            check_config(read_json(path), str(folder), trust_remote_code=trust_remote_code)


def read_json(path: Path) -> Any:
    """Read a JSON file of a size that models have.

    Raises:
        OSError, ValueError, RecursionError: It cannot be read.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} has more than {MOST_BYTES >> 20} MB")
    return json.loads(path.read_text(encoding="utf-8"))


def _root(folder: Path) -> Path:
    """The folder that links may not leave: the model's own or, in the hub's cache, that of its repository."""
    root = Path(os.path.realpath(folder))
    repository = root.parent.parent
    if root.parent.name == "snapshots" and repository.name.startswith("models--"):
        return repository
    return root


def _entries(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(at, name)


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield from one.items()
            left += one.values()
        elif isinstance(one, list):
            left += one
