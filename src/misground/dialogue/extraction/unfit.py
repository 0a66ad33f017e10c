"""Sentences that cannot be an answer, whatever they name: questions, conditions, fragments."""

import re
from typing import Final

from misground.dialogue.extraction.places import LONGEST
from misground.dialogue.extraction.reading import NOTHING
from misground.dialogue.extraction.words import tokens, word_set

HEDGED: Final = "hedged"
_HEDGE: Final = re.compile(
    r"\b(?:if|might|may be|could|whether|unless|suppose|assuming|would have been|"
    r"had (?:it|they|the \w+) been)\b|"
    r"\b(?:cannot|can't|can not|unable to|don't|do not|not) (?:\w+ ){0,2}(?:confirm|say|conclude|verify|"
    r"think|believe|see|tell|know|state|claim|agree|guarantee|certain|sure|determine)\b",
    re.IGNORECASE,
)


def why_unfit(sentence: str) -> str:
    """Why a last sentence cannot be an answer, whatever it names; "" if it can be."""
    words = [token.lower() for token in tokens(sentence[:LONGEST])]
    faults = {
        "too long": len(sentence) > LONGEST,
        NOTHING: not sentence,
        "question": sentence.rstrip(" '\")").endswith("?"),
        HEDGED: bool(_HEDGE.search(sentence[:LONGEST])),
        "cut off": len(words) > 3 and (words[-1] in word_set("dangling") or _is_a_fragment(sentence, words)),
        "unticked box": sentence.lstrip(" -+").startswith("[ ]"),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _is_a_fragment(sentence: str, words: list[str]) -> bool:
    """Whether a sentence begins like a whole one and ends without a verb and a full stop."""
    return (
        sentence[:1].isupper()
        and words[0] in ("a", "an", "the")
        and sentence[-1:].isalpha()
        and not set(words) & (word_set("auxiliaries") | word_set("verbs"))
    )
