"""The pages of a Parquet column, read from their headers: what it will take to decode them.

The footer of a file claims sizes, but the reader allocates what the header of each page says, so the headers
are read here before anything is decoded.

Source: https://parquet.apache.org/docs/file-format, and the compact protocol of Apache Thrift.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import Any, Final

import pyarrow as pa

from misground.records.limits import MOST_PAGES

_SHORT, _LONG = 512, 64 << 10
"""Bytes that are read for a header: nearly all are short; one with long statistics may be longer."""
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 1, 2, 3, 7, 8, 12
_INTEGERS: Final = frozenset({4, 5, 6})
_DEEPEST: Final = 4
_DICTIONARY_PAGE: Final = 2
_HEADERS: Final = {0: 5, 2: 7, 3: 8}
"""Type of a page -> the field of its header that has the number of values and the encoding."""
_ENCODING_FIELD: Final = {0: 2, 2: 2, 3: 4}
_CODED: Final = frozenset({2, 8})
"""Encodings of values that refer to a dictionary."""
_ENCODINGS: Final = frozenset({0, 2, 3, 4, 5, 6, 8, 9})
"""All but 7, DELTA_BYTE_ARRAY, in which a few bytes repeat a long text any number of times."""


class BadPageError(ValueError):
    """The pages of a column cannot be read; the text says why."""


@dataclass(frozen=True)
class Chunk:
    """Where the pages of a column in a row group are: first byte, number of bytes, number of values."""

    start: int
    size: int
    values: int


@dataclass(frozen=True)
class Page:
    """A page: where its content starts, its bytes as stored and decompressed, and what it holds."""

    start: int
    stored: int
    size: int
    values: int
    dictionary: bool = False
    coded: bool = False


@dataclass(frozen=True)
class Cost:
    """What it takes to decode a column of a row group.

    Attributes:
        pages: number of pages.
        bytes: their bytes after decompression.
        largest: the bytes of the largest page.
        values: number of values, nulls included.
        coded: number of values that refer to the dictionary.
        dictionary: the page with the dictionary; None if there is none.
    """

    pages: int = 0
    bytes: int = 0
    largest: int = 0
    values: int = 0
    coded: int = 0
    dictionary: Page | None = None


def cost(file: RawIOBase, chunk: Chunk) -> Cost:
    """What it takes to decode a column of a row group, by the headers of its pages.

    Args:
        file: the open file.
        chunk: the column's pages, as the footer claims.

    Raises:
        BadPageError: a header cannot be read or has impossible values.
    """
    pages = [*_pages(file, chunk)]
    dictionaries = [page for page in pages if page.dictionary]
    if len(dictionaries) > 1:
        raise BadPageError("a column has two dictionaries in a row group")
    values = [page for page in pages if not page.dictionary]
    return Cost(
        pages=len(pages),
        bytes=sum(page.size for page in pages),
        largest=max((page.size for page in pages), default=0),
        values=sum(page.values for page in values),
        coded=sum(page.values for page in values if page.coded),
        dictionary=dictionaries[0] if dictionaries else None,
    )


def longest_text(file: RawIOBase, page: Page, compression: str) -> int:
    """The bytes of the longest text in a dictionary.

    Args:
        file: the open file.
        page: the page with the dictionary.
        compression: how it is compressed, as the footer says.

    Raises:
        BadPageError: the page is damaged.
    """
    content = read_at(file, page.start, page.stored)
    if compression != "UNCOMPRESSED":
        try:
            content = pa.decompress(content, page.size, codec=compression.lower(), asbytes=True)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise BadPageError("a dictionary cannot be decompressed") from error
    at = longest = 0
    for _ in range(page.values):
        length = int.from_bytes(content[at : at + 4], "little")
        at += 4 + length
        if at > len(content):
            raise BadPageError("a dictionary is cut off")
        longest = max(longest, length)
    return longest


def read_at(file: RawIOBase, at: int, size: int) -> bytes:
    """Some bytes of a file from a place, fewer at its end."""
    file.seek(at)
    return file.read(size) or b""


def _pages(file: RawIOBase, chunk: Chunk) -> Iterator[Page]:
    """The pages that a reader would read."""
    at, end = chunk.start, chunk.start + chunk.size
    seen = 0
    for _ in range(MOST_PAGES):
        if seen >= chunk.values or at >= end:
            return
        header, length = _header(file, at)
        page = _page(header, at + length)
        yield page
        seen += 0 if page.dictionary else page.values
        at = page.start + page.stored
    raise BadPageError(f"a column has over {MOST_PAGES:,} pages in a row group")


def _page(header: dict[int, Any], start: int) -> Page:
    kind, size, stored = header.get(1), header.get(2), header.get(3)
    if not isinstance(size, int) or not isinstance(stored, int) or size < 0 or stored < 0:
        raise BadPageError("a page has no size")
    if kind not in _HEADERS:
        return Page(start, stored, size, 0)  # an index, which readers skip
    about = header.get(_HEADERS[kind])
    about = about if isinstance(about, dict) else {}
    values, encoding = about.get(1), about.get(_ENCODING_FIELD[kind])
    if not isinstance(values, int) or values < 0:
        raise BadPageError("a page has no number of values")
    if encoding not in _ENCODINGS:
        raise BadPageError(f"a page has the encoding {encoding}, expected a plain or dictionary one")
    return Page(start, stored, size, values, kind == _DICTIONARY_PAGE, encoding in _CODED)


def _header(file: RawIOBase, at: int) -> tuple[dict[int, Any], int]:
    """The fields of a page's header by their numbers, and its length in bytes."""
    for size in (_SHORT, _LONG):
        data = read_at(file, at, size)
        try:
            return _struct(data, 0, 1)
        except IndexError:
            if len(data) < size:
                break
    raise BadPageError("a page has a damaged header")


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """A struct of the compact protocol, and where it ends. Raises IndexError if the data end before it."""
    if depth > _DEEPEST:
        raise BadPageError("a page has a damaged header")
    fields: dict[int, Any] = {}
    number = 0
    while data[at]:
        step, kind = divmod(data[at], 16)
        at += 1
        if step:
            number += step
        else:
            number, at = _integer(data, at)
        fields[number], at = _value(data, at, kind, depth)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind == _BYTE:
        return data[at], at + 1
    if kind in _INTEGERS:
        return _integer(data, at)
    if kind == _DOUBLE:
        return None, at + 8
    if kind == _BINARY:
        length, at = _varint(data, at)
        return None, at + length
    if kind == _STRUCT:
        return _struct(data, at, depth + 1)
    raise BadPageError("a page has a damaged header")


def _integer(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
    raise BadPageError("a page has a damaged header")
