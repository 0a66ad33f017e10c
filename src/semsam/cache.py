"""The cache folder, for what is slow to make and worth keeping: neighbour tables and converted models."""

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
    """Return the cache folder, which need not exist.

    Returns:
        $SEMSAM_CACHE if it is set, else semsam in $XDG_CACHE_HOME, else ~/.cache/semsam.
    """
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
    """Return where the table with these settings is kept; two tables that may differ never share a path.

    Args:
        embedding_hash: Hash of the matrix (`semsam.embedding_hash`).
        content: (V,) bool; two tokenizers may differ in it under the same policy.
        k: Neighbours per token, counting the token itself.
        matrix: "input" or "output".
        policy: Content policy, "added" or "strict".
        center: Whether the mean embedding is subtracted.
        control: Name of the control, or "none".
        control_seed: Seed of the control.

    Returns:
        A path in the cache folder, which need not exist.
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


def kept_table(
    path: Path, build: Callable[[], NeighborTable], fits: Callable[[NeighborTable], bool] = lambda _: True
) -> NeighborTable:
    """Return the table at `path`, after building and saving it if it is missing, damaged or another one.

    If several processes ask at once, one builds and the others wait.

    Args:
        path: File of the table.
        build: Makes the table.
        fits: Whether a table is the one to return; a file of the expected name may hold another.

    Raises:
        SemsamError: The cache folder cannot be written to.
    """
    table = _load(path, fits)
    if table is None:
        with _locked(path):
            table = _load(path, fits)
            if table is None:
                table = build()
                table.save(path)
    return table


def kept_folder(path: Path, write: Callable[[Path], None]) -> Path:
    """Return the folder at `path`, after filling it if it is missing.

    Args:
        path: Folder to return.
        write: Fills an empty folder, which is renamed to `path` once it is complete.

    Raises:
        SemsamError: The cache folder cannot be written to.
    """
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
    """Return sixteen hexadecimal digits that stand for these values, whatever their order.

    Examples:
        >>> digest({"k": 32, "center": False}) == digest({"center": False, "k": 32})
        True
    """
    return hashlib.sha256(json.dumps(makings, sort_keys=True).encode()).hexdigest()[:16]


def _load(path: Path, fits: Callable[[NeighborTable], bool]) -> NeighborTable | None:
    try:
        table = NeighborTable.load(path) if path.exists() else None
    except TableError:
        return None
    return table if table is not None and fits(table) else None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise SemsamError(
            f"cannot write to the cache folder {cache_dir()} ({error.strerror}): "
            "set SEMSAM_CACHE to a folder that can be written to"
        ) from error
    try:
        yield
    finally:
        lock.release()
