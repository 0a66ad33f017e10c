"""Where the tokens of a reply stand in its text, also where tokens split a character."""

from collections.abc import Callable, Iterable, Sequence

Span = tuple[int, int]


def spans(
    decode: Callable[[Sequence[int]], str], tokens: Sequence[int], text: str, wanted: Iterable[int]
) -> dict[int, Span | None]:
    """Find tokens of a reply in its text.

    A token begins where the whole characters of the tokens before it end. If it holds only a part of a
    character, it counts with the whole character.

    Args:
        decode: Makes the text of tokens; the same that made `text`.
        tokens: Tokens of the reply.
        text: Text of all tokens.
        wanted: Positions of the tokens to find.

    Returns:
        Position -> start and end in characters of `text`; None for a token without text, such as one that
        ends the reply.
    """
    known: dict[int, tuple[int, bool]] = {}

    def before(position: int) -> tuple[int, bool]:
        """The characters that the tokens before a position complete, and whether a part of one is left."""
        if position not in known:
            made = decode(tokens[:position])
            length = len(made) if text.startswith(made) else _alike(made, text)
            known[position] = length, length < len(made)
        return known[position]

    found: dict[int, Span | None] = {}
    for position in wanted:
        (start, _), (end, split) = before(position), before(position + 1)
        end = min(end + split, len(text))
        found[position] = (start, end) if end > start else None
    return found


def _alike(one: str, two: str) -> int:
    """The number of characters with which both begin."""
    pairs = enumerate(zip(one, two, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(two)))
