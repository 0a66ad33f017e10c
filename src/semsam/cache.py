"""What is slow to make and worth keeping: neighbour tables and converted models."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from torch import Tensor

from semsam.errors import SemsamError, TableError
from semsam.table import VERSION, NeighborTable


def cache_dir() -> Path:
    """$SEMSAM_CACHE, else semsam in $XDG_CACHE_HOME, else ~/.cache/semsam. It need not exist."""
    own = os.environ.get("SEMSAM_CACHE")
    if own:
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "semsam"


def table_path(
    embedding_hash: str,
    content: Tensor,
    *,
    k: int,
    matrix: str = "input",
    policy: str = "added",
    center: bool = False,
    control: str = "none",
    control_seed: int = 0,
) -> Path:
    """Where the table of these makings is kept: two tables that may differ never share a path.

    Args:
        embedding_hash: of the matrix (`semsam.neighbors.embedding_hash`).
        content: (V,) bool; two tokenizers of one policy may differ in it.
        k, matrix, policy, center, control, control_seed: as the table is to be built.
    """
    makings = {
        "version": VERSION,
        "embedding": embedding_hash,
        "content": hashlib.sha256(content.cpu().numpy().tobytes()).hexdigest(),
        "k": k,
        "matrix": matrix,
        "policy": policy,
        "center": center,
        "control": control,
        "control_seed": control_seed,
    }
    return cache_dir() / "tables" / f"{matrix}-{policy}-k{k}-{digest(makings)}.safetensors"


def kept_table(path: Path, build: Callable[[], NeighborTable]) -> NeighborTable:
    """The table at `path`; built and kept there where it is missing or damaged.

    Of several processes that ask at once, one builds and the others wait.
    """
    table = _load(path)
    if table is None:
        with _locked(path):
            table = _load(path)
            if table is None:
                table = build()
                table.save(path)
    return table


def kept_folder(path: Path, write: Callable[[Path], None]) -> Path:
    """The folder at `path`; where it is missing, `write` fills one that takes this name once it is whole."""
    if not path.is_dir():
        with _locked(path):
            if not path.is_dir():
                partial = path.with_name(f"{path.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                try:
                    write(partial)
                    partial.rename(path)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
    return path


def digest(makings: Mapping[str, object]) -> str:
    """Sixteen hexadecimal digits that stand for these values."""
    return hashlib.sha256(json.dumps(makings, sort_keys=True).encode()).hexdigest()[:16]


def _load(path: Path) -> NeighborTable | None:
    try:
        return NeighborTable.load(path) if path.exists() else None
    except TableError:
        return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise SemsamError(
            f"cannot write to the cache folder {cache_dir()} ({error.strerror}): set SEMSAM_CACHE to another"
        ) from error
    try:
        yield
    finally:
        lock.release()
