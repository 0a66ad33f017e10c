"""What a plain text answers to one question, and where it does."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from misground.dialogue.extraction.places import LONGEST, WORD, Claim, claims_backwards, last_sentences
from misground.dialogue.extraction.reading import FROM_TO, NOTHING, STRUCTURE, TWO, Reading, read, read_value
from misground.dialogue.extraction.second_thoughts import second_thought
from misground.dialogue.extraction.words import Vocabulary, tokens, vocabulary, word_set

_CLAIMS: Final = 8
"""Number of stated answers, from the last one, that are read until one decides."""

_LETTER: Final = re.compile(
    r"\W*(?:option |choice |answer |letter )?\W*([a-c])(?![a-z0-9'])(.*)", re.IGNORECASE | re.DOTALL
)
_ANOTHER_LETTER: Final = re.compile(r"(?<![A-Za-z0-9'])[A-C](?![A-Za-z0-9'])")
_ENUMERATOR: Final = re.compile(r"^\W*(?:option )?(?:[A-Ca-c1-3][.)]|\([A-Ca-c1-3]\))\s*(?=\w)")
_HEDGE: Final = re.compile(
    r"\b(?:if|might|may be|could|whether|unless|suppose|assuming)\b|"
    r"\b(?:cannot|can't|can not|unable to|don't|do not|not) (?:\w+ ){0,2}(?:confirm|say|conclude|verify|"
    r"think|believe|see|tell|know|state|claim|agree|guarantee|certain|sure|determine)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """The index of the chosen option or None, the rule, and the span of the plain text that decided."""

    option: int | None
    rule: str
    span: tuple[int, int] | None = None


class Reader:
    """Reads the answers to one question."""

    def __init__(self, options: tuple[str, ...], names: tuple[str, ...], lettered: bool) -> None:
        self._options = options
        self._words: Vocabulary = vocabulary(options, names)
        self._marks = ("1", "2") if lettered else ("A", "B")
        self._lettered = lettered

    def whole(self, text: str) -> Found:
        """What a complete text answers."""
        for claim in islice(claims_backwards(text), _CLAIMS):
            found = self._claim(text, claim)
            if found is None:
                continue
            thought = None if found.option is None else second_thought(text, (found.span or (0, 0))[1])
            return found if thought is None else self._after(text, thought)
        return self._last_sentence(text)

    def cut(self, text: str) -> Found:
        """What a text that was cut answers: only a complete line, box or tag counts."""
        for claim in islice(claims_backwards(text), _CLAIMS):
            if claim.rule == "the answer is":
                continue
            found = self._claim(text, claim) if claim.ended else None
            if found is None or found.option is None:
                break
            if second_thought(text, (found.span or (0, 0))[1]) is not None:
                return Found(None, "taken back", found.span)
            return found
        return Found(None, "cut off")

    def _claim(self, text: str, claim: Claim) -> Found | None:
        """What a claim says; None if it does not speak of the answer."""
        if claim.line is None:
            return Found(None, "empty answer line")
        reading = self._value(claim.line)
        nothing = reading.rule in (NOTHING, STRUCTURE)
        if claim.moved and nothing:  # a heading with the answer below it
            return self._last_sentence(text, claim.start)
        if nothing and claim.rule == "the answer is":
            return None
        rule = reading.rule or claim.rule
        end = claim.end if reading.end is None else claim.start + reading.end
        return Found(reading.option, rule, _stripped(text, claim.start + reading.start, end))

    def _after(self, text: str, thought: tuple[int, int]) -> Found:
        """What a text answers after a second thought about the answer it had given."""
        found = self._last_sentence(text, thought[1])
        if found.option is None:
            return Found(None, "taken back", thought)
        return replace(found, rule="second thought")

    def _value(self, value: str) -> Reading:
        if len(value) > LONGEST:
            return Reading(None, "too long")
        letter = _LETTER.fullmatch(value)
        if letter and not WORD.search(letter[2]):
            return self._bare(letter[1])
        listed = _ENUMERATOR.match(value)
        skipped = listed.end() if listed else 0
        reading = read_value(value[skipped:], self._words, self._marks)
        end = None if reading.end is None else reading.end + skipped
        reading = replace(reading, start=skipped, end=end)
        if letter and self._lettered:
            return self._both(letter, reading)
        return reading

    def _bare(self, letter: str) -> Reading:
        number = "abc".index(letter.lower())
        if not self._lettered:
            return Reading(None, "bare letter")
        if number >= len(self._options):
            return Reading(None, "letter not offered")
        return Reading(number, "letter")

    def _both(self, letter: re.Match[str], words: Reading) -> Reading:
        """A letter followed by words, which may name the same option, something else, or another letter."""
        if words.option is None:
            if _ANOTHER_LETTER.search(letter[2]):
                return Reading(None, "letters differ")
            return self._bare(letter[1]) if words.rule in (NOTHING, STRUCTURE) else words
        bare = self._bare(letter[1])
        return bare if bare.option == words.option else Reading(None, "letters differ")

    def _last_sentence(self, text: str, start: int = 0) -> Found:
        spans = list(islice(last_sentences(text, start), 2))
        if not spans:
            return Found(None, NOTHING)
        sentence = text[slice(*spans[0])]
        before = text[slice(*spans[1])] if len(spans) > 1 else ""
        reading = self._sentence(sentence, before)
        rule = reading.rule or (
            "last sentence" if len(spans) > 1 or len(tokens(sentence[:99])) > 6 else "bare option"
        )
        return Found(reading.option, rule, spans[0])

    def _sentence(self, sentence: str, before: str) -> Reading:
        unfit = _unfit(sentence)
        if unfit:
            return Reading(None, unfit)
        letter = _LETTER.fullmatch(sentence)
        if letter and (not WORD.search(letter[2]) or (self._lettered and letter[2][:1] in (".", ")", ":"))):
            return self._value(sentence)
        reading = read(_ENUMERATOR.sub("", sentence), self._words, self._marks)
        if reading.option is None:
            return reading
        if reading.rule == FROM_TO:
            return Reading(None, TWO)
        if self._is_another_option(before, reading.option):
            return Reading(None, "option list")
        return reading

    def _is_another_option(self, line: str, option: int) -> bool:
        """Whether a line is exactly another option, as in a list of options."""
        spelled = " ".join(tokens(_ENUMERATOR.sub("", line[:LONGEST]))).lower().strip(" -+[].,;()")
        others = (other for number, other in enumerate(self._options) if number != option)
        return any(spelled == " ".join(tokens(other)).lower() for other in others)


def _unfit(sentence: str) -> str:
    """Why a last sentence cannot be an answer, whatever it names; "" if it can be."""
    words = [token.lower() for token in tokens(sentence[:LONGEST])]
    faults = {
        "too long": len(sentence) > LONGEST,
        NOTHING: not sentence,
        "question": sentence.rstrip(" '\")").endswith("?"),
        "hedged": bool(_HEDGE.search(sentence[:LONGEST])),
        "cut off": len(words) > 3 and words[-1] in word_set("dangling"),
        "unticked box": sentence.lstrip(" -+").startswith("[ ]"),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
