"""Sentences that only comment on the answer before them: "This can be seen in the image."."""

import re
from typing import Final

from misground.dialogue.extraction.places import LONGEST
from misground.dialogue.extraction.second_thoughts import second_thought
from misground.dialogue.extraction.words import word_lists

_COMMENT: Final = re.compile(
    rf"\W*(?:and |so |also,? |overall,? |indeed,? |again,? )?(?:{'|'.join(word_lists()['comments'])})\b",
    re.IGNORECASE,
)
_NO_COMMENT: Final = re.compile(
    r"\?['\") ]*$|\b(?:if|unless|whether|but|however|might|could|may not|not (?:sure|certain|possible|clear)|"
    r"next|now)\b",
    re.IGNORECASE,
)
_COMPLETE: Final = re.compile(r"[.!:)\]]['\") ]*$")


def comments(sentence: str) -> bool:
    """Whether a sentence without an option comments on the answer before it."""
    return bool(_COMMENT.match(sentence[:LONGEST])) and leaves_as_is(sentence)


def leaves_as_is(sentence: str) -> bool:
    """Whether a sentence without an option leaves the answer before it as it is."""
    if len(sentence) > LONGEST or second_thought(sentence, 0) is not None:
        return False
    return bool(_COMPLETE.search(sentence) and not _NO_COMMENT.search(sentence))
