"""The messages that the how-to pages quote are messages that the program prints.

Each quotation is split at `...`, and each part must fit a string of the source: it follows the literal text
of the string, and may differ only where the string inserts a value.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PROVIDERS_UTIL = "inspect_ai.model._providers.util.util"  # prints that an API key is missing
LEAST = 12
"""Characters of a part that must be literal text of the string; all, if the part is shorter."""
SHARE = 1 / 3
"""The least share of a part that must be literal text."""
VALUE = "(?:(?!: ).){0,40}?"


def quoted(page: str) -> list[str]:
    """The code of three words or more in the first column of a page's table "What can go wrong"."""
    _, _, section = page.partition("\n## What can go wrong\n")
    cells = re.findall(r"^\| (.*?) \|", section.partition("\n## ")[0], re.MULTILINE)
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell) if code.count(" ") > 1]


def pieces_of(node: ast.Constant | ast.JoinedStr) -> tuple[str, ...]:
    """The literal texts of a string, maybe empty; a value is inserted between each two."""
    if isinstance(node, ast.Constant):
        return (" ".join(f"|{node.value}|".split())[1:-1],)
    pieces = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces[-1] += re.sub(r"\s+", " ", part.value)
        elif pieces[-1] or len(pieces) == 1:
            pieces.append("")
    return tuple(pieces)


@cache
def strings() -> frozenset[tuple[str, ...]]:
    """Every string of the source that may be printed."""
    spec = find_spec(PROVIDERS_UTIL)
    assert spec is not None
    assert spec.origin is not None
    files = [*(ROOT / "src").rglob("*.py"), Path(spec.origin)]
    return frozenset(found for file in files for found in _strings(ast.parse(file.read_text("utf-8"))))


def _strings(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and type(node.value) is str):
            yield pieces_of(node)
        else:
            yield from _strings(node)


def fits(part: str, pieces: tuple[str, ...]) -> bool:
    """Whether a part is cut from the text that a string with these pieces may become."""
    enough = max(min(LEAST, len(part)), SHARE * len(part))
    if sum(map(len, pieces)) < enough:
        return False
    if any(part in piece for piece in pieces):
        return True
    if len(pieces) == 1:
        return False
    for first in range(len(pieces)):
        for last in range(first, len(pieces)):
            for start in _starts(part, pieces[first]) + [None] * (first > 0):
                for end in _ends(part, pieces[last]) + [None] * (last < len(pieces) - 1):
                    literal = _between(pieces, first, last, start, end)
                    if literal is None or sum(map(len, literal)) < enough:
                        continue
                    pattern = VALUE.join(map(re.escape, literal))
                    pattern = (VALUE if start is None else "") + pattern + (VALUE if end is None else "")
                    if re.fullmatch(pattern, part):
                        return True
    return False


def _starts(part: str, piece: str) -> list[str | None]:
    """The ends of a piece that a part starts with. In `fits`, None is the whole piece after a value."""
    return [piece[i:] for i in range(len(piece)) if part.startswith(piece[i:])]


def _ends(part: str, piece: str) -> list[str | None]:
    """The starts of a piece that a part ends with. In `fits`, None is the whole piece before a value."""
    return [piece[:i] for i in range(1, len(piece) + 1) if part.endswith(piece[:i])]


def _between(
    pieces: tuple[str, ...], first: int, last: int, start: str | None, end: str | None
) -> list[str] | None:
    """The pieces from first to last, cut at the start and the end; None if one piece would be cut twice."""
    if first == last:
        if start is not None and end is not None:
            return None
        whole = pieces[first] if start is None else start
        return [whole if end is None else end]
    chosen = list(pieces[first : last + 1])
    chosen[0] = pieces[first] if start is None else start
    chosen[-1] = pieces[last] if end is None else end
    return chosen


def printed(message: str) -> bool:
    """Whether each part of a quotation fits a string of the source."""
    parts = [part.strip() for part in message.split("...")]
    return all(any(fits(part, pieces) for pieces in strings()) for part in parts if len(part) > 1)


def test_the_pages_quote_messages() -> None:
    found = [message for page in PAGES for message in quoted(page.read_text(encoding="utf-8"))]
    assert len(found) > 20
    assert "... does not apply semantic sampling ..." in found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_quoted_message_is_printed(page: Path) -> None:
    assert [message for message in quoted(page.read_text("utf-8")) if not printed(message)] == []


@pytest.mark.parametrize(
    "message",
    [
        "... nothing answers there ...",
        "... refuses the API key (401): ...",
        "... fails N of M checks, first ...",
        "--model gpt-4o: expected PROVIDER/NAME, ...",
        "... rejects the API key (401): use another server",
        "the moon is full: wait for another night",
    ],
)
def test_an_invented_message_is_found(message: str) -> None:
    assert not printed(message)


def test_a_value_may_differ() -> None:
    assert printed("... rejects the API key (401): ...")
    assert printed("... rejects the API key (403): set the right one ...")
