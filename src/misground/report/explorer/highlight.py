"""A completion in pieces for display: plain text, the extracted answer, and gaps where text is omitted."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from misground.visible import visible

LONGEST: Final = 20_000
"""Characters of a completion that are shown: half from its start, half from its end, where the answer is."""

LONGEST_ANSWER: Final = 1_000
"""Characters of an answer that is looked for; an option has fewer."""

_ANSWER: Final = re.compile(r"answer[\s*_`]{0,20}[:\uff1a]", re.IGNORECASE)

Mark = tuple[int, int]
"""[start, end) in characters of a completion."""
Piece = tuple[str, str | int] | tuple[str, str | int, int]
"""("text", the text), ("answer", the extracted answer as written), or ("gap", characters omitted); a piece
within a marked step has the number of the step besides."""


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


def pieces(
    completion: str,
    extracted: str | None,
    span: Sequence[int] | None = None,
    steps: Sequence[Mark | None] = (),
) -> list[Piece]:
    """A completion cut to LONGEST characters, with control characters made visible and the answer marked.

    Args:
        completion: the completion.
        extracted: the extracted answer.
        span: start and end of the part of the completion that decided; without it, the answer is looked for.
        steps: the decoding steps to mark; None for one that is not in the completion. Where two overlap, the
            first one is marked.
    """
    whole, half = len(completion), LONGEST // 2
    parts = [(0, half), (whole - half, whole)] if whole > LONGEST else [(0, whole)]
    answer: Mark | None = None
    if span is not None and len(span) == 2 and 0 <= span[0] < span[1] <= whole:
        answer = span[0], span[1]
    else:
        for first, last in reversed(parts):
            if answer is None and (found := answer_span(completion[first:last], extracted or "")):
                answer = first + found[0], first + found[1]
    shown = [_cut(completion, first, last, answer, _apart(steps, first, last)) for first, last in parts]
    joined = shown[0] if len(shown) == 1 else [*shown[0], ("gap", whole - LONGEST), *shown[1]]
    return [piece for piece in joined if piece[1] != ""]


def _apart(steps: Sequence[Mark | None], first: int, last: int) -> list[tuple[int, int, int]]:
    """The parts of steps within [first, last), in order and without overlaps, each with its number."""
    wanted = sorted((*step, number) for number, step in enumerate(steps) if step is not None)
    found = []
    for start, end, number in wanted:
        begin, stop = max(start, first), min(end, last)
        if begin < stop:
            found.append((begin, stop, number))
            first = stop
    return found


def _cut(
    text: str, first: int, last: int, answer: Mark | None, steps: Sequence[tuple[int, int, int]]
) -> list[Piece]:
    begin, stop = answer or (first, first)
    ends = {first, last, min(max(begin, first), last), min(max(stop, first), last)}
    ends |= {end for start, stop, _ in steps for end in (start, stop)}
    marked = {start: (stop, number) for start, stop, number in steps}
    cuts, found = sorted(ends), list[Piece]()
    until, number = first, -1
    for start, end in pairwise(cuts):
        if start in marked:
            until, number = marked[start]
        kind, shown = "answer" if begin <= start < stop else "text", visible(text[start:end])
        found.append((kind, shown, number) if start < until else (kind, shown))
    return found


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
