"""A completion in the pieces that are shown: plain text, the extracted answer, and what was left out."""

import re
from collections.abc import Iterator
from typing import Final

from misground.report.explorer.visible import visible

LONGEST: Final = 20_000
"""Characters of a completion that are kept: half from its head, half from its tail, where the answer is."""

_ANSWER: Final = re.compile(r"answer[\s*_`]{0,20}[:\uff1a]", re.IGNORECASE)

Piece = tuple[str, str | int]
"""("text", what it says), ("answer", the extracted answer as written), or ("gap", characters left out)."""


def answer_span(text: str, extracted: str) -> tuple[int, int] | None:
    """Where the extracted answer stands in a completion: [start, end) in characters of `text`, or None.

    The last occurrence as whole words, whatever the case: after the last "Answer:" in its line, else after
    it in the lines below, else in the whole text. A synonym of the option stands nowhere: None.
    """
    words = extracted.split()
    if not words:
        return None
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
    for start, end in _regions(text):
        found = [(match.start(), match.end()) for match in pattern.finditer(text, start, end)]
        if found:
            return found[-1]
    return None


def pieces(completion: str, extracted: str | None) -> list[Piece]:
    """A completion cut to LONGEST characters, control characters made visible, the answer set apart."""
    left_out = len(completion) - LONGEST
    half = LONGEST // 2
    kept = [completion[:half], completion[-half:]] if left_out > 0 else [completion]
    kept = [visible(part) for part in kept]
    shown: list[list[Piece]] = [[("text", part)] for part in kept]
    for number in reversed(range(len(kept))):
        span = answer_span(kept[number], visible(extracted or ""))
        if span is not None:
            shown[number] = _cut(kept[number], *span)
            break
    joined = shown[0] if left_out <= 0 else [*shown[0], ("gap", left_out), *shown[1]]
    return [piece for piece in joined if piece[1] != ""]


def _regions(text: str) -> Iterator[tuple[int, int]]:
    last = None
    for last in _ANSWER.finditer(text):  # noqa: B007 - the last match is what is looked for
        pass
    if last is not None:
        line_end = text.find("\n", last.end())
        if line_end >= 0:
            yield last.end(), line_end
        yield last.end(), len(text)
    yield 0, len(text)


def _cut(text: str, start: int, end: int) -> list[Piece]:
    return [("text", text[:start]), ("answer", text[start:end]), ("text", text[end:])]
