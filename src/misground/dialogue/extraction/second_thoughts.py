"""Second thoughts: what follows an answer and takes it back."""

import re
from typing import Final

from misground.dialogue.extraction.places import LONGEST
from misground.dialogue.extraction.words import word_lists

_BEGINNING: Final = r"(?:^|(?<=[.!?:;,)\n] )|(?<=\n))[ >+\"'(-]{0,4}"
_SECOND_THOUGHT: Final = re.compile(
    rf"{_BEGINNING}(?:(?:{'|'.join(word_lists()['openings'])}),? (?:no,? )?)?"
    rf"(?:{'|'.join(word_lists()['second_thoughts'])})",
    re.IGNORECASE,
)


def second_thought(text: str, start: int) -> tuple[int, int] | None:
    """The span of the last second thought behind an answer that ends at `start`; None if there is none.

    Only the first and the last part of what follows is searched, as much as a person would read.
    """
    last = None
    middle = max(start + LONGEST, len(text) - 2 * LONGEST)
    for first, end in ((start, min(len(text), start + LONGEST)), (middle, len(text))):
        for found in _SECOND_THOUGHT.finditer(text, first, end):
            last = found.span()
    return last
