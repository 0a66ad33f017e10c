"""How long the texts, pictures and lists of a decoded table may be, before they are written out in memory."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.errors import UsageError
from misground.records.door.types import texts_in
from misground.records.limits import (
    MOST_FRAME_BYTES,
    MOST_GROUP_BYTES,
    MOST_LIST,
    MOST_NAME_BYTES,
    MOST_REPLY_BYTES,
    MOST_STRUCTURES,
    MOST_TEXT_BYTES,
)

_LONGEST: Final[Mapping[str, int]] = {
    "frames": MOST_FRAME_BYTES,
    "completion": MOST_REPLY_BYTES,
    "text": MOST_TEXT_BYTES,
    "reason": MOST_TEXT_BYTES,
    "error_reason": MOST_TEXT_BYTES,
    "extracted": MOST_TEXT_BYTES,
    "decoding_settings": MOST_TEXT_BYTES,
}
_LISTS: Final[Mapping[str, int]] = {"structures": MOST_STRUCTURES}


def longest_allowed(column: str) -> int:
    """The most bytes of a text or picture in a column."""
    return _LONGEST.get(column, MOST_NAME_BYTES)


def text_bytes(table: pa.Table, name: str) -> int:
    """The bytes of all texts and pictures of a row group when written out.

    Args:
        table: the rows; texts may be encoded as dictionaries.
        name: the file, for messages.

    Raises:
        UsageError: a value or a list is too long, or all together are.
    """
    total = 0
    for column in table.schema.names:
        _check_lists(column, table[column], name)
        for chunk in table[column].chunks:
            for texts in texts_in(chunk):
                most, size = _lengths(texts)
                total += size
                check_length(column, most, name)
    if total > MOST_GROUP_BYTES:
        raise over(name, f"a row group of {total:,} bytes in memory", f"{MOST_GROUP_BYTES:,}")
    return total


def check_length(column: str, found: int, name: str) -> None:
    """Compare the longest value of a column with its limit. Raises UsageError."""
    longest = longest_allowed(column)
    if found > longest:
        raise over(name, f"column {column}: a value of {found:,} bytes", f"{longest:,}")


def over(name: str, found: str, most: str) -> UsageError:
    """The error of a file that exceeds a limit, in one line."""
    return UsageError(f"{name}: {found}, expected at most {most}")


def _check_lists(column: str, values: pa.ChunkedArray, name: str) -> None:
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        found, most = pc.max(pc.list_value_length(values)).as_py() or 0, _LISTS.get(column, MOST_LIST)
        if found > most:
            raise over(name, f"column {column}: a list of {found:,}", f"{most:,}")


def _lengths(texts: pa.Array) -> tuple[int, int]:
    """The bytes of the longest value that occurs, and of all values."""
    if not len(texts):
        return 0, 0
    if pa.types.is_dictionary(texts.type):
        used = pc.take(pc.binary_length(_narrow(texts.dictionary)), texts.indices)
    else:
        used = pc.binary_length(_narrow(texts))
    return pc.max(used).as_py() or 0, pc.sum(used).as_py() or 0


def _narrow(texts: pa.Array) -> pa.Array:
    """Texts of a type that binary_length knows."""
    if pa.types.is_string_view(texts.type) or pa.types.is_binary_view(texts.type):
        return texts.cast(pa.large_binary())
    return texts
