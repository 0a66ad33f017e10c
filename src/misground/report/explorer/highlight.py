"""A completion in pieces for display: plain text, the extracted answer, and gaps where text is omitted."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from misground.visible import visible

LONGEST: Final = 20_000
"""Characters of a completion that are shown: half from its start, half from its end, where the answer is."""

LONGEST_ANSWER: Final = 1_000
"""Characters of an answer that is looked for; an option has fewer."""

_ANSWER: Final = re.compile(r"answer[\s*_`]{0,20}[:\uff1a]", re.IGNORECASE)

Piece = tuple[str, str | int]
"""("text", the text), ("answer", the extracted answer as written), or ("gap", characters omitted)."""


def answer_span(text: str, extracted: str) -> tuple[int, int] | None:
    """Find the extracted answer in a completion.

    It is the last occurrence as whole words, ignoring case: after the last "Answer:" on the same line, else
    anywhere after it, else in the whole text.

    Args:
        text: the completion.
        extracted: the extracted answer, an option of the question.

    Returns:
        [start, end) in characters of `text`; None if it does not occur, for example if the reply used a
        synonym of the option.
    """
    words = extracted.split()
    if not words or len(extracted) > LONGEST_ANSWER:
        return None
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
    for start, end in _regions(text):
        found = [(match.start(), match.end()) for match in pattern.finditer(text, start, end)]
        if found:
            return found[-1]
    return None


def pieces(completion: str, extracted: str | None, span: Sequence[int] | None = None) -> list[Piece]:
    """A completion cut to LONGEST characters, with control characters made visible and the answer marked.

    Args:
        completion: the completion.
        extracted: the extracted answer.
        span: start and end of the part of the completion that decided; without it, the answer is looked for.
    """
    if span is not None and len(span) == 2 and 0 <= span[0] < span[1] <= len(completion):
        return _with_span(completion, span[0], span[1])
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


def _with_span(completion: str, start: int, end: int) -> list[Piece]:
    whole, half = len(completion), LONGEST // 2
    parts = [(0, half), (whole - half, whole)] if whole > LONGEST else [(0, whole)]
    shown: list[list[Piece]] = []
    for first, last in parts:
        text = completion[first:last]
        begins, ends = (min(max(at - first, 0), len(text)) for at in (start, end))
        cut = (("text", text[:begins]), ("answer", text[begins:ends]), ("text", text[ends:]))
        shown.append([(kind, visible(piece)) for kind, piece in cut])
    joined = shown[0] if len(shown) == 1 else [*shown[0], ("gap", whole - LONGEST), *shown[1]]
    return [piece for piece in joined if piece[1] != ""]


def _regions(text: str) -> Iterator[tuple[int, int]]:
    last = None
    for last in _ANSWER.finditer(text):  # noqa: B007 - only the last match counts
        pass
    if last is not None:
        line_end = text.find("\n", last.end())
        if line_end >= 0:
            yield last.end(), line_end
        yield last.end(), len(text)
    yield 0, len(text)


def _cut(text: str, start: int, end: int) -> list[Piece]:
    return [("text", text[:start]), ("answer", text[start:end]), ("text", text[end:])]
