"""Arrays with a few words about them in one file, known by what they were made from: work that is kept."""

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
    """Write arrays and a JSON object about them; `key` says what they were made from."""
    text = json.dumps({"key": key, **about}).encode("utf-8")
    named: dict[str, Any] = {_ABOUT: np.frombuffer(text, np.uint8), **arrays}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **named)


def read_archive(path: Place, key: str, take: Callable[[dict[str, Any], Arrays], Taken]) -> Taken | None:
    """What `take` makes of a JSON object and arrays.

    None where there is no such file, it was made from something else, or it is damaged: then the work is
    done again. Raises WorkError where an object store cannot be reached.
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
    except Exception:  # a damaged file may end in any
        return None
