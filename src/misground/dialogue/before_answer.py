"""The part of a completion that comes before its final answer: the reasoning, with its thinking closed."""

import re
from typing import Final

from misground.dialogue.extraction.places import LONGEST, claims_backwards
from misground.dialogue.extraction.rewriting import Rewriting
from misground.dialogue.extraction.text import one_form, plain
from misground.dialogue.extraction.thinking import open_tag, spoken_pieces

_CLOSINGS: Final = [
    (re.compile(opening, re.IGNORECASE), closing)
    for opening, closing in (
        (r"<([a-z:]+)>", r"</\1>"),
        (r"\[(think)\]", r"[/\1]"),
        (r"◁(think)▷", r"◁/\1▷"),
        (r"<unused94>", "<unused95>"),
        (r"<\|begin_of_(thought)\|>", r"<|end_of_\1|>"),
        (r"<\|start_thinking\|>", "<|END_THINKING|>"),
        (r"<\|inner_prefix\|>", "<|inner_suffix|>"),
        (r"<\|?channel>.*", "<channel|>"),
        (r"<\|?channel\|>.*", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    )
]
"""A thinking tag, and what closes it (a template of `re.Match.expand`)."""
_WORD: Final = re.compile(r"[<\\]?[^\W_]+")  # with the start of a tag or of a LaTeX command
_INTRODUCTION: Final = re.compile(
    r"(?:\b(?:so|thus|therefore|hence|my|the|final|correct|right|best|most|likely|is)\b|[\s*_#$>`\"'(\[{,-])+\Z",
    re.IGNORECASE,
)
_MOST_LINES: Final = 400
"""Lines from the end in which the answer is searched; a human reader would not search further up either."""


def before_answer(completion: str) -> str:
    """The completion up to its final answer line; the whole completion if it has none.

    The final answer is the last `Answer:` line after the thinking, or the last "the answer is". A block of
    thinking that is still open is closed, so that what follows is the answer and not a thought.

    Args:
        completion: what the model wrote.
    """
    pieces, thinking = spoken_pieces(completion)
    if thinking:
        return close_thinking(completion)
    if not pieces:
        return completion
    first, end = pieces[-1]
    start = _answer_start(completion[first:end])
    return completion[:end] if start is None else completion[: first + start].rstrip()


def close_thinking(text: str) -> str:
    """The text, with its last block of thinking closed if that is open."""
    tag = open_tag(text)
    if tag is None:
        return text
    closed = (found.expand(closing) for opening, closing in _CLOSINGS if (found := opening.fullmatch(tag)))
    return f"{text.rstrip()}\n{next(closed)}\n\n"


def _answer_start(text: str) -> int | None:
    """Where the line of the final answer starts in a text without thinking; None if there is none."""
    lines = text.splitlines(keepends=True)
    end = len(text)
    for line in reversed(lines[-_MOST_LINES:]):
        end -= len(line)
        if _value(line) is not None:
            return end + _within(line)
    return None


def _within(line: str) -> int:
    """Where the answer starts in its line, which may begin with other sentences."""
    value = _value(line)
    starts = [word.start() for word in _WORD.finditer(line, max(0, len(line) - LONGEST))]
    last = next((at for at in reversed(starts) if _value(line[at:]) == value), 0)
    introduction = _INTRODUCTION.search(line[:last])
    return introduction.start() if introduction else last


def _value(line: str) -> str | None:
    """What a line of an answer says; None if it is another line."""
    text = Rewriting(line)
    one_form(text)
    plain(text)
    claim = next(claims_backwards(text.text), None)
    return None if claim is None else (claim.line or "").strip()
