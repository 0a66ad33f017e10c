"""Archives of intermediate results: arrays and a JSON object in one file, with a key of their inputs."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from misground.benchmark.files import replacing
from misground.benchmark.places import Place, read_bytes
from misground.errors import MisgroundError

Arrays = Mapping[str, NDArray[Any]]
Taken = TypeVar("Taken")
_ABOUT: Final = "about"


def write_archive(path: Place, key: str, about: dict[str, Any], arrays: Arrays) -> None:
    """Write arrays and a JSON object about them.

    Args:
        path: the file.
        key: digest of the inputs from which they were computed.
        about: the JSON object.
        arrays: the arrays by name.
    """
    text = json.dumps({"key": key, **about}).encode("utf-8")
    named: dict[str, Any] = {_ABOUT: np.frombuffer(text, np.uint8), **arrays}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **named)


def read_archive(path: Place, key: str, take: Callable[[dict[str, Any], Arrays], Taken]) -> Taken | None:
    """Read an archive.

    Args:
        path: the file.
        key: digest of the inputs, as in `write_archive`.
        take: called with the JSON object and the arrays.

    Returns:
        The result of `take`; None if there is no such file, its inputs were different, or it is damaged, in
        which case the caller computes it again.

    Raises:
        WorkError: an object store cannot be reached.
    """
    try:
        content = read_bytes(path)
        if content is None:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(arrays[_ABOUT].tobytes())
            return take(about, arrays) if about["key"] == key else None
    except MisgroundError:
        raise
    except Exception:  # a damaged file may raise anything
        return None
