"""Locating the answer in a text: after the last `Answer:`, or else in the last sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from misground.dialogue.extraction.words import word_lists

LONGEST: Final = 2_000
"""Most characters of an answer (our choice); a human reader would not search a longer text either."""

WORD: Final = re.compile(r"[^\W_]")

_MARKERS: Final = "|".join(map(re.escape, sorted(word_lists()["markers"], key=len, reverse=True)))
_MARKER: Final = re.compile(
    rf"(?<![a-z])(?:{_MARKERS})'?"
    r"(?: ?\([^()\n]{0,80}\))?(?: to (?:the|your|this) question| choice| option)?"
    r"(?: (?:is|was|would be|should be|must be|will be))?"
    r"(?: ?(?:[:=]|→|=>)| (?:-{1,3}|–|—)(?= ))[ :=]*"
    r"|^[ >.-]{0,4}(?:[0-9]{1,2}[.)] )?(?:(?:my|the|final|correct) ){0,2}answer ?$",
    re.IGNORECASE | re.MULTILINE,
)
_STATED: Final = re.compile(
    r"(?:^|[.!?:,] )(?:(?:so|thus|therefore|hence|and so|then|i think|i believe|in conclusion),? )?(?:that )?"
    r"(?:the|my) (?:(?:final|correct|right|best|most likely|likely) ){0,2}(?:answer|option|choice) "
    r"(?:is|would be|should be|must be) (?:that |likely |probably |most likely )?",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])['\")\]]* +|\n")


@dataclass(frozen=True)
class Value:
    """The content of an Answer line.

    Attributes:
        line: the rest of the line, or the next line if that is empty; None if everything below is empty.
        below: the text from there on.
        moved: whether the line itself was empty.
        stated: whether it was introduced by "the answer is" instead of `Answer:`.
    """

    line: str | None
    below: str
    moved: bool
    stated: bool


def last_value(text: str) -> Value | None:
    """The last Answer line that is not the prompt's own `Answer: <option>`; else the last "the answer is"."""
    last = None
    for marker in _MARKER.finditer(text):
        if not _is_placeholder(text, marker.end()):
            last = marker
    if last is not None:
        return _value(text, last.end())
    for marker in _STATED.finditer(text):
        last = marker
    if last is None:
        return None
    return Value(_line(text, last.end()), text[last.end() :], moved=False, stated=True)


def last_sentences(text: str) -> tuple[str, str]:
    """The last sentence with content (not a courtesy, rule or symbol), and the one before it."""
    courtesies = tuple(word_lists()["courtesies"])
    found: list[str] = []
    for sentence in _sentences_backwards(text):
        begin = sentence.lstrip(" -•:;,.()[]>+0123456789").lower()[:40]
        if WORD.search(begin) and not begin.startswith(courtesies):
            found.append(sentence.strip())
            if len(found) == 2:
                break
    last, before = (*found, "", "")[:2]
    return last, before


def _line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def _value(text: str, start: int) -> Value:
    line = _line(text, start)
    if WORD.search(line):
        return Value(line, text[start:], moved=False, stated=False)
    following = WORD.search(text, start)
    if following is None:
        return Value(None, "", moved=True, stated=False)
    at = following.start()
    return Value(_line(text, at), text[at:], moved=True, stated=False)


def _is_placeholder(text: str, start: int) -> bool:
    """Whether the text there is the prompt's own `<option>`, alone or with the prompt's words about it."""
    placeholders = word_lists()["placeholders"]
    written = text[start : start + 40].split("\n", 1)[0].strip().lower()
    if written.startswith("<") and ">" in written:
        written = written.partition(">")[0]
    return written.strip(" <>[]().:;'\"") in placeholders


def _sentences_backwards(text: str) -> Iterator[str]:
    """Sentences from the last one backwards, within the part that a human reader would consider."""
    tail = text[-4 * LONGEST :]
    pieces = _SENTENCE_END.split(tail)
    if len(tail) < len(text):
        pieces[0] = "." * (LONGEST + 1) + pieces[0]  # its beginning is cut off
    yield from reversed(pieces)
