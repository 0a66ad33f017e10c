"""JSON files of unknown origin: bounded in bytes, values, depth and digits, and plain JSON.

Python's own reader also accepts NaN, repeated keys and lone surrogates, which break whatever writes the
values again.
"""

import json
import math
import stat
from pathlib import Path
from typing import Any, Final, NoReturn

from misground.errors import UsageError
from misground.records.limits import MOST_DIGITS, MOST_JSON_BYTES, MOST_JSON_DEPTH, MOST_JSON_VALUES

_SEPARATORS: Final = (b",", b"[", b"{", b":")
_LONGEST_REASON: Final = 160


class NotJSONError(UsageError):
    """A file is not JSON at all, for example because it was cut off."""


def read_json_object(path: Path, name: str | None = None) -> dict[str, Any]:
    """The JSON object in a file.

    Args:
        path: the file.
        name: what messages call it; its path by default.

    Raises:
        NotJSONError: the file is not JSON, or not an object.
        UsageError: the file cannot be read, or exceeds a limit.
    """
    shown = str(path) if name is None else name
    value = parse_json(_content(path, shown), shown)
    if not isinstance(value, dict):
        raise NotJSONError(f"{shown}: contains a JSON {type(value).__name__}, expected an object")
    return value


def parse_json(
    data: bytes,
    shown: str,
    *,
    most_bytes: int | None = None,
    most_values: int = MOST_JSON_VALUES,
    of_python: bool = False,
) -> Any:
    """The value of a JSON text.

    Args:
        data: the text in UTF-8.
        shown: what messages call it.
        most_bytes: its largest size; None for that of a small file.
        most_values: most values in it; separators within texts count too.
        of_python: allow what Python's writer writes besides JSON: NaN and infinities, which become None, and
            halves of surrogate pairs.

    Raises:
        NotJSONError: it is not JSON.
        UsageError: it exceeds a limit.
    """
    most_bytes = MOST_JSON_BYTES if most_bytes is None else most_bytes
    if len(data) > most_bytes:
        raise UsageError(f"{shown}: larger than {most_bytes >> 20} MiB, expected a small file")
    values = sum(map(data.count, _SEPARATORS))
    if values > most_values:
        raise UsageError(f"{shown}: up to {values:,} values, expected at most {most_values:,}")
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_constant=_nothing if of_python else _constant,
            parse_float=_number,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise _too_deep(shown) from error
    except _RefusedError as error:
        raise UsageError(f"{shown}: {error}") from error
    except ValueError as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise NotJSONError(f"{shown}: not valid JSON ({reason})") from error
    _check(value, shown, surrogates=of_python)
    return value


class _RefusedError(ValueError):
    """A value that Python's reader accepts and we do not."""


def _content(path: Path, shown: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for its other end
            raise UsageError(f"{shown}: is not a file")
        with path.open("rb") as file:
            return file.read(MOST_JSON_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read ({error.strerror or error})") from error


def _nothing(_: str) -> None:
    """NaN and infinities."""


def _constant(text: str) -> NoReturn:
    raise _RefusedError(f"contains the number {text}, expected finite numbers")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"contains the number {text[:40]}, expected finite numbers")
    return value


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _RefusedError(f"contains a number of {len(text):,} digits, expected at most {MOST_DIGITS:,}")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _RefusedError(f"contains the key {twice[:40]!r} twice in an object")
    return found


def _check(value: Any, shown: str, *, surrogates: bool) -> None:
    """Check depth and texts level by level, without recursion."""
    level = [value]
    for _ in range(MOST_JSON_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                if not surrogates:
                    _check_text(one, shown)
            elif isinstance(one, list):
                below += one
            elif isinstance(one, dict):
                below += one.keys()
                below += one.values()
        if not below:
            return
        level = below
    raise _too_deep(shown)


def _check_text(text: str, shown: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"{shown}: contains half of a surrogate pair, expected Unicode text") from error


def _too_deep(shown: str) -> UsageError:
    return UsageError(f"{shown}: nested too deeply, expected at most {MOST_JSON_DEPTH} levels")
