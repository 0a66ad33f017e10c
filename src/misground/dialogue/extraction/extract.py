"""The option that a completion chooses, from its last `Answer:` line or else its last sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from misground.dialogue.extraction.places import LONGEST, WORD, last_sentences, last_value
from misground.dialogue.extraction.reading import (
    FROM_TO,
    NOTHING,
    STRUCTURE,
    TAKEN_BACK,
    TWO,
    Reading,
    read,
    read_value,
)
from misground.dialogue.extraction.refusals import refuses
from misground.dialogue.extraction.text import first_turn, one_form, plain, without_thinking
from misground.dialogue.extraction.words import Vocabulary, tokens, vocabulary, word_set


@dataclass(frozen=True)
class Extracted:
    """What a completion answers.

    Attributes:
        kind: answer, no_answer or refused.
        option: the chosen option as offered; None unless it is an answer.
        reason: how it was found, or why there is none; for the log.
    """

    kind: Literal["answer", "no_answer", "refused"]
    option: str | None
    reason: str


_LETTER: Final = re.compile(
    r"\W*(?:option |choice |answer |letter )?\W*([a-c])(?![a-z0-9'])(.*)", re.IGNORECASE | re.DOTALL
)
_ANOTHER_LETTER: Final = re.compile(r"(?<![A-Za-z0-9'])[A-C](?![A-Za-z0-9'])")
_ENUMERATOR: Final = re.compile(r"^\W*(?:option )?(?:[A-Ca-c1-3][.)]|\([A-Ca-c1-3]\))\s*(?=\w)")
_SECOND_THOUGHT: Final = re.compile(
    r"\b(?:wait|actually|correction|scratch that|on second thought|let me re)", re.IGNORECASE
)
_HEDGE: Final = re.compile(
    r"\b(?:if|might|may be|could|whether|unless|suppose|assuming)\b|"
    r"\b(?:cannot|can't|can not|unable to|don't|do not|not) (?:\w+ ){0,2}(?:confirm|say|conclude|verify|"
    r"think|believe|see|tell|know|state|claim|agree|guarantee|certain|sure|determine)\b",
    re.IGNORECASE,
)


def extract(
    completion: str, options: Sequence[str], *, names: Sequence[str] = (), lettered: bool = False
) -> Extracted:
    """Read a completion; never raises, and takes time proportional to its length.

    Args:
        completion: the model's output.
        options: the two or three options as shown.
        names: the English names of structures A and B, in this order.
        lettered: whether the options were shown as A, B, C and the marks were called 1 and 2; otherwise A and
            B are the marks, and a bare letter is not an answer.
    """
    whole = first_turn(one_form(completion))
    spoken, cut_off = without_thinking(whole)
    if cut_off:
        return Extracted("no_answer", None, "thinking was cut off")
    text = plain(spoken)
    if not WORD.search(text):
        only_thought = len(spoken) < len(whole) and bool(WORD.search(plain(whole)))
        return Extracted("no_answer", None, "nothing after the thinking" if only_thought else "empty")
    reading = _Reader(tuple(options), tuple(names), lettered).reading(text)
    if reading.option is not None:
        return Extracted("answer", options[reading.option], reading.reason)
    if refuses(text):
        return Extracted("refused", None, "refuses")
    return Extracted("no_answer", None, reading.reason)


class _Reader:
    """Reads the answers to one question."""

    def __init__(self, options: tuple[str, ...], names: tuple[str, ...], lettered: bool) -> None:
        self._options = options
        self._words: Vocabulary = vocabulary(options, names)
        self._marks = ("1", "2") if lettered else ("A", "B")
        self._lettered = lettered

    def reading(self, text: str) -> Reading:
        """What a plain text answers, and where the answer was found."""
        value = last_value(text)
        if value is None:
            return self._last_sentence(text)
        if value.line is None:
            return Reading(None, "the Answer line is empty")
        reading = self._value(value.line)
        if value.moved and reading.reason in (NOTHING, STRUCTURE):  # a heading with the answer below it
            return self._last_sentence(value.below)
        if value.stated and reading.option is not None and _SECOND_THOUGHT.search(value.below):
            return Reading(None, TAKEN_BACK)
        return Reading(reading.option, reading.reason or "Answer line")

    def _value(self, value: str) -> Reading:
        if len(value) > LONGEST:
            return Reading(None, "too long for an answer")
        letter = _LETTER.fullmatch(value)
        if letter and not WORD.search(letter[2]):
            return self._bare(letter[1])
        reading = read_value(_ENUMERATOR.sub("", value), self._words, self._marks)
        if letter and self._lettered:
            return self._both(letter, reading)
        return reading

    def _bare(self, letter: str) -> Reading:
        number = "abc".index(letter.lower())
        if not self._lettered:
            return Reading(None, "bare letter")
        if number >= len(self._options):
            return Reading(None, "a letter that was not offered")
        return Reading(number, "letter")

    def _both(self, letter: re.Match[str], words: Reading) -> Reading:
        """A letter followed by words, which may name the same option, something else, or another letter."""
        if words.option is None:
            if _ANOTHER_LETTER.search(letter[2]):
                return Reading(None, "several letters")
            return self._bare(letter[1]) if words.reason in (NOTHING, STRUCTURE) else words
        bare = self._bare(letter[1])
        return bare if bare.option == words.option else Reading(None, "letter and words differ")

    def _last_sentence(self, text: str) -> Reading:
        sentence, before = last_sentences(text)
        unfit = _unfit(sentence)
        if unfit:
            return Reading(None, unfit)
        letter = _LETTER.fullmatch(sentence)
        if letter and (not WORD.search(letter[2]) or (self._lettered and letter[2][:1] in (".", ")", ":"))):
            return self._value(sentence)
        reading = read(_ENUMERATOR.sub("", sentence), self._words, self._marks)
        if reading.option is None:
            return reading
        if reading.reason == FROM_TO:
            return Reading(None, TWO)
        if self._is_another_option(before, reading.option):
            return Reading(None, "repeats the options")
        return Reading(reading.option, "last sentence")

    def _is_another_option(self, line: str, option: int) -> bool:
        """Whether a line is exactly another option, as in a list of options."""
        spelled = " ".join(tokens(_ENUMERATOR.sub("", line[:LONGEST]))).lower().strip(" -+[].,;()")
        others = (other for number, other in enumerate(self._options) if number != option)
        return any(spelled == " ".join(tokens(other)).lower() for other in others)


def _unfit(sentence: str) -> str:
    """Why a last sentence cannot be an answer, whatever it names; "" if it can be."""
    words = [token.lower() for token in tokens(sentence[:LONGEST])]
    faults = {
        "too long for an answer": len(sentence) > LONGEST,
        NOTHING: not sentence,
        "ends in a question": sentence.rstrip(" '\")").endswith("?"),
        "hedged": bool(_HEDGE.search(sentence[:LONGEST])),
        "cut off": len(words) > 3 and words[-1] in word_set("dangling"),
        "a box that is not ticked": sentence.lstrip(" -+").startswith("[ ]"),
    }
    return next((fault for fault, found in faults.items() if found), "")
