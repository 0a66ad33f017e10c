"""What servers say of a request that is too long, and the limit of its reply that may fit."""

import re
from dataclasses import dataclass
from typing import Final

SMALLEST_REPLY: Final = 64
"""Fewest tokens with which a reply is asked for (our choice)."""

_ABOUT_LENGTH: Final = re.compile(
    r"context|too (?:long|large|many tokens)|longer than|exceed|at most \d+ (?:completion|output) tokens"
    r"|max(?:imum)?[ _](?:model|sequence|input|total|allowed|number of tokens)|token limit|must be <=",
    re.IGNORECASE,
)
_OF_REPLIES: Final = re.compile(r"(?:completion|output|new)[ _]tokens", re.IGNORECASE)
_LONGER: Final = re.compile(r"(\d[\d,]*)\D{0,60}(?:longer than|exceed\w*|>)\D{0,80}(\d[\d,]*)")


@dataclass(frozen=True)
class Smaller:
    """A limit that may fit, and the tokens of the prompt if the server told them."""

    limit: int
    prompt: int | None = None


def smaller_limit(words: str, limit: int, length: int | None) -> Smaller | None:
    """Find a smaller limit in the words of a server that refuses a request as too long.

    Servers tell the tokens of the prompt in sentences of their own; it is known by what it adds up to.

    Args:
        words: The reason of an error.
        limit: Limit of the reply that was asked for.
        length: Maximum tokens of prompt and reply together; None if unknown.

    Returns:
        A smaller limit; None if the error is of another kind, or the prompt alone does not fit.
    """
    words = words.partition("): ")[2] or words
    if not _ABOUT_LENGTH.search(words):
        return None
    numbers = {_number(text) for text in re.findall(r"\d[\d,]*", words)}
    if limit not in numbers and (found := _LONGER.search(words)) and _number(found[1]) > _number(found[2]):
        return None  # the prompt alone is too long
    others = sorted(numbers - {limit})
    prompt = next((n for n in others if n + limit in numbers), None)
    bounds = [n for n in others if n not in {prompt, (prompt or 0) + limit} and n > (prompt or 0)]
    bound = length if length in numbers or not bounds else (max(bounds) if prompt is None else min(bounds))
    if prompt is None and bound is not None:
        prompt = max((n for n in others if n < bound < n + limit and n >= SMALLEST_REPLY), default=None)
    if prompt is not None and bound is not None:
        room = bound - prompt - 1
        return Smaller(room, prompt) if SMALLEST_REPLY <= room < limit else None
    smaller = [n for n in others if SMALLEST_REPLY <= n < limit]
    if _OF_REPLIES.search(words) and limit in numbers and len(smaller) == 1:
        return Smaller(smaller[0])
    if limit not in numbers and others and others[-1] >= SMALLEST_REPLY:
        return None  # the prompt alone is too long
    return Smaller(limit // 2) if limit // 2 >= SMALLEST_REPLY else None


def _number(text: str) -> int:
    return int(text.replace(",", ""))
