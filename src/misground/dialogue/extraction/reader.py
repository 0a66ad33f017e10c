"""What a plain text answers to one question, and where it does."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from misground.dialogue.extraction.comments import comments, leaves_as_is
from misground.dialogue.extraction.places import (
    LONGEST,
    WORD,
    Claim,
    claims_backwards,
    first_question,
    last_lines,
    last_sentences,
    tick_of,
)
from misground.dialogue.extraction.reading import (
    NOTHING,
    RULED_OUT,
    STRUCTURE,
    TAKEN_BACK,
    TWO,
    Question,
    Reading,
    is_full,
    named_in,
    read,
    read_value,
)
from misground.dialogue.extraction.second_thoughts import second_thought
from misground.dialogue.extraction.subjects import OTHER
from misground.dialogue.extraction.unfit import HEDGED, why_unfit
from misground.dialogue.extraction.words import tokens, vocabulary, word_lists
from misground.questions.names import Asked

_EXPLAINING: Final = (NOTHING, STRUCTURE, OTHER, RULED_OUT)
"""Rules of a last sentence that may explain an answer in the first line."""
_SHORT: Final = 80
_SENTENCES: Final = 6
"""Number of sentences, from the last one, of which all but one may be comments."""
_BARE: Final = 6
"""Most words of a reply that is nothing but an option."""
_CLAIMS: Final = 8
"""Number of stated answers, from the last one, that are read until one decides."""

_LETTER: Final = re.compile(
    r"\W*(?:option |choice |answer |letter )?\W*([a-c])(?![a-z0-9'])(.*)", re.IGNORECASE | re.DOTALL
)
_ANOTHER_LETTER: Final = re.compile(r"(?<![A-Za-z0-9'])[A-C](?![A-Za-z0-9'])")
_ENUMERATOR: Final = re.compile(r"^\W*(?:option )?(?:[A-Ca-c1-3][.)]|\([A-Ca-c1-3]\))\s*(?=\w)")
_PIVOT: Final = re.compile(r"[,;.] (?:but|yet|however|instead),? |\bbut ", re.IGNORECASE)
_CORRECTS: Final = re.compile(
    r"\S+(?:, | ?-+ ?|\.\.\.+ )(?:sorry|no,? wait|wait,? no|i mean|or rather|correction|scratch that)[,:]? ",
    re.IGNORECASE,
)
"""A word that is taken back within a sentence: "it runs anterior, sorry, posterior to B"."""
_IMPRESSION: Final = re.compile(rf"\b(?:{'|'.join(word_lists()['impressions'])})\b", re.IGNORECASE)
_EXISTS: Final = re.compile(
    r"\bthere (?:is|are|was|were|may be)\b|\b(?:shows?|demonstrates?|reveals?|note[sd]?|seen?|visible)\b"
    r"(?= (?:also )?(?:an?|some|small|mild|trace|the presence)\b)",
    re.IGNORECASE,
)
"""Findings beside what was asked: "there is fluid on the right"."""
_CONFIRMS: Final = re.compile(
    r"\b(?:i stand by|i(?:'ll)? stick (?:with|to)|i(?:'ll)? keep my|"
    r"my (?:first |initial |original )?answer (?:remains|stands|still holds)|no change)\b|"
    r"(?:^|[.!:\n]) *(?:confirmed|verified)\b",
    re.IGNORECASE,
)
_DECIDES: Final = re.compile(
    r"\W*(?:but|however|yet|no|(?:my )?(?:mistake|apologies|bad)|sorry|oops|in fact|actually|finally|"
    r"in conclusion|in summary|correction|rather|instead|wait|still|on (?:closer|second)|looking)\b",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(r"\W*it (?:is|lies|sits|appears)\b", re.IGNORECASE)
_REVISES: Final = re.compile(r"\b(?:first|initial\w*|sorry|wait|mistake\w*|mixed|wrong|no)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """The index of the chosen option or None, the rule, and the span of the plain text that decided."""

    option: int | None
    rule: str
    span: tuple[int, int] | None = None
    named: frozenset[int] = frozenset()


class Reader:
    """Reads the answers to one question."""

    def __init__(
        self, options: tuple[str, ...], names: tuple[str, ...], lettered: bool, asked: Asked | None
    ) -> None:
        asked = asked or _presumed(options, names)
        self._names = names
        self._options = options
        self._question = Question(vocabulary(options, names), ("1", "2") if lettered else ("A", "B"), asked)
        self._lettered = lettered

    def whole(self, text: str) -> Found:
        """What a complete text answers."""
        text = first_question(text, self._names)
        denied: frozenset[int] = frozenset()
        cut_off: Found | None = None
        for claim in islice(claims_backwards(text), _CLAIMS):
            found = self._claim(text, claim)
            if found is None:
                continue
            if found.rule == RULED_OUT and claim.rule == "the answer is":
                denied |= found.named
                continue
            if cut_off is not None:  # "Answer: superior\nAnswer: sup"
                repeated = text[claim.start : claim.end].strip().startswith(text[slice(*cut_off.span or ())])
                return found if repeated else cut_off
            if found.rule == NOTHING and claim.end == len(text) and not claim.moved and found.span:
                cut_off = found
                continue
            if found.option is None:
                return found
            behind = (found.span or (0, 0))[1]
            thought = second_thought(text, behind)
            if thought is not None:
                return self._after(text, thought, found)
            contradicted = found.option in denied or self._is_contradicted_behind(text, behind, found.option)
            return replace(found, option=None, rule=TAKEN_BACK) if contradicted else found
        return cut_off or self._ticked(text) or self._first_line(text, self._last_sentence(text))

    def cut(self, text: str) -> Found:
        """What a text that was cut answers: only a complete line, box or tag counts."""
        shorter = first_question(text, self._names)
        if shorter != text:  # the cut came later
            return self.whole(shorter)
        stated: frozenset[int] = frozenset()
        for claim in islice(claims_backwards(text), _CLAIMS):
            if claim.rule == "the answer is":
                reading = self._value(claim.line or "")
                if claim.ended and not stated - {reading.option} and _is_repeated(text, claim):
                    span = _stripped(text, claim.start, claim.end)
                    return Found(reading.option, reading.rule or claim.rule, span, reading.named)
                stated |= read(claim.line or "", self._question).named
                continue
            if claim.line is None or claim.offered:
                break
            if not claim.ended:
                if _begins_again(text, claim):
                    continue
                break
            reading = self._value(claim.line)
            end = claim.end if reading.end is None else claim.start + reading.end
            span = _stripped(text, claim.start + reading.start, end)
            if reading.option is None:
                break
            if second_thought(text, span[1]) is not None or stated - {reading.option}:
                return Found(None, TAKEN_BACK, span)
            return Found(reading.option, reading.rule or claim.rule, span)
        return Found(None, "cut off")

    def _claim(self, text: str, claim: Claim) -> Found | None:
        """What a claim says; None if it does not speak of the answer."""
        if claim.line is None:
            return (
                Found(None, "hedged") if claim.rule == "the answer is" else Found(None, "empty answer line")
            )
        if claim.offered:
            return Found(None, TWO, _stripped(text, claim.start, claim.end))
        reading = self._value(claim.line)
        nothing = reading.rule in (NOTHING, STRUCTURE)
        if claim.moved and nothing:  # a heading with the answer below it
            return self._last_sentence(text, claim.start)
        if nothing and claim.rule == "the answer is":
            return None
        rule = reading.rule or claim.rule
        end = claim.end if reading.end is None else claim.start + reading.end
        return Found(reading.option, rule, _stripped(text, claim.start + reading.start, end), reading.named)

    def _is_contradicted_behind(self, text: str, start: int, option: int) -> bool:
        """Whether the end of what follows an answer says something else of A and B, and means it."""
        last = self._last_sentence(text, start)
        if last.option in (None, option) or last.span is None or self._question.asked == "plane":
            return False
        sentence = text[slice(*last.span)]
        meant = 0 in named_in(sentence, self._question) or _PRONOUN.match(sentence)
        return bool(meant) and not re.search(r"\bwould\b", sentence)

    def _after(self, text: str, thought: tuple[int, int], first: Found) -> Found:
        """What a text answers after a second thought about the answer that it gave first."""
        found = self._last_sentence(text, thought[1])
        if found.option is None and _CONFIRMS.search(text, thought[1]):
            return replace(first, rule="second thought")
        if found.option is None:
            return Found(None, "taken back", thought)
        return replace(found, rule="second thought")

    def _value(self, value: str) -> Reading:
        if len(value) > LONGEST:
            return Reading(None, "too long")
        corrected = _CORRECTS.match(value.lstrip())
        if corrected:
            skipped = len(value) - len(value.lstrip()) + corrected.end()
            reading = self._value(value[skipped:])
            end = None if reading.end is None else reading.end + skipped
            return replace(reading, start=reading.start + skipped, end=end)
        letter = _LETTER.fullmatch(value)
        if letter and not WORD.search(letter[2]):
            return self._bare(letter[1])
        listed = _ENUMERATOR.match(value)
        skipped = listed.end() if listed else 0
        reading = read_value(value[skipped:], self._question)
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

    def _ticked(self, text: str) -> Found | None:
        """The one ticked option of a list that ends the text; None if there is no such list."""
        lines = list(islice(last_lines(text), len(self._options)))
        ticked: list[Found] = []
        listed: set[int] = set()
        for start, end in lines:
            tick = tick_of(text[start:end])
            named = read(text[start:end], self._question).named
            if tick is None or len(named) != 1:
                return None
            listed |= named
            if tick:
                ticked.append(Found(next(iter(named)), "ticked box", (start, end)))
        return ticked[0] if len(ticked) == 1 and len(listed) == len(self._options) else None

    def _first_line(self, text: str, last: Found) -> Found:
        """What the last sentence says, or else a first line that is nothing but an option."""
        start = WORD.search(text)
        if start is None or last.option is not None or last.rule not in _EXPLAINING:
            return last
        line = text[start.start() : start.start() + _SHORT].split("\n", 1)[0].rstrip(" .!:;,)]")
        option = next((n for n, one in enumerate(self._options) if one.lower() == line.lower()), None)
        behind = start.start() + len(line)
        if option is None or last.span is None or last.span[0] < behind or second_thought(text, behind):
            return last
        named = option in last.named
        return last if named else Found(option, "earlier sentence", (start.start(), behind))

    def _last_sentence(self, text: str, start: int = 0) -> Found:
        """What the last sentence says, or one before it if what follows leaves that as it is."""
        spans = list(islice(last_sentences(text, start), _SENTENCES + 1))
        first = Found(None, NOTHING)
        denied: frozenset[int] = frozenset()
        stands = True  # whether a sentence before may answer, even if it is not a full one
        for number, span in enumerate(spans[:_SENTENCES]):
            sentence = text[slice(*span)]
            before = text[slice(*spans[number + 1])] if number + 1 < len(spans) else ""
            reading = self._sentence(sentence, before)
            found = Found(reading.option, reading.rule, span, reading.named)
            if reading.option is not None and self._contradicted(reading.option, sentence, before):
                return replace(found, option=None, rule=TWO)
            if number == 0:
                first = found
            if reading.option is not None and number == 0:
                bare = len(spans) == 1 and len(tokens(sentence[:99])) <= _BARE
                return replace(found, rule=reading.rule or ("bare option" if bare else "last sentence"))
            if reading.option is not None:
                answers = reading.option not in denied and (stands or is_full(sentence, self._question))
                return replace(found, rule="earlier sentence") if answers else first
            if second_thought(sentence, 0) is not None:
                break
            if number == 0 and reading.rule in (OTHER, RULED_OUT):  # "Spleen: left. Liver: right."
                denied = reading.named
            elif reading.rule not in (NOTHING, STRUCTURE) or not leaves_as_is(sentence):
                break
            elif not comments(sentence):
                stands = False
        return first

    def _contradicted(self, option: int, sentence: str, before: str) -> bool:
        """Whether the sentence before says the same of A and B with another option, and nothing decides."""
        alike = is_full(sentence, self._question) or _PRONOUN.match(sentence)
        if not (alike and is_full(before, self._question)):
            return False
        if why_unfit(before) or _IMPRESSION.search(before) or _DECIDES.match(sentence):
            return False
        if _REVISES.search(before):
            return False
        other = read(before, self._question).option
        return other is not None and other != option

    def _sentence(self, sentence: str, before: str) -> Reading:
        sentence = _CORRECTS.sub("", sentence[:LONGEST]) + sentence[LONGEST:]
        unfit = why_unfit(sentence)
        if unfit == HEDGED or (not unfit and read(sentence, self._question).rule == TWO):
            pivots = list(_PIVOT.finditer(sentence[:LONGEST]))  # "it looks left, but it is right"
            if pivots and _IMPRESSION.search(sentence, 0, pivots[-1].start()):
                return self._sentence(sentence[pivots[-1].end() :], before)
        if unfit:
            return Reading(None, unfit)
        letter = _LETTER.fullmatch(sentence)
        if letter and (not WORD.search(letter[2]) or (self._lettered and letter[2][:1] in (".", ")", ":"))):
            return self._value(sentence)
        reading = read(_ENUMERATOR.sub("", sentence), self._question)
        if reading.option is not None and _EXISTS.search(sentence) and not named_in(sentence, self._question):
            return replace(reading, option=None, rule=OTHER)
        if reading.option is not None and self._is_another_option(before, reading.option):
            return Reading(None, "option list")
        return reading

    def _is_another_option(self, line: str, option: int) -> bool:
        """Whether a line is exactly another option, as in a list of options."""
        spelled = " ".join(tokens(_ENUMERATOR.sub("", line[:LONGEST]))).lower().strip(" -+[].,;()")
        others = (other for number, other in enumerate(self._options) if number != option)
        return any(spelled == " ".join(tokens(other)).lower() for other in others)


def _is_repeated(text: str, claim: Claim) -> bool:
    """Whether the line of a claim stands there before, and only its beginning stands behind: a loop."""
    begin = text.rfind("\n", 0, claim.start) + 1
    line = text[begin : claim.end].strip()
    return line.startswith(text[claim.end :].strip()) and line in text[max(0, begin - LONGEST) : begin]


def _begins_again(text: str, claim: Claim) -> bool:
    """Whether a line that was cut is the beginning of the line before it: a loop of one answer."""
    begin = text.rfind("\n", 0, claim.start) + 1
    before = text[max(0, begin - LONGEST) : begin].rstrip()
    return before[before.rfind("\n") + 1 :].strip().startswith(text[begin:].strip())


def _presumed(options: tuple[str, ...], names: tuple[str, ...]) -> Asked | None:
    """What is asked, as far as the options and names tell it."""
    if "axial" in options:
        return "plane"
    if "earlier" in options:
        return "order"
    if any("patient's" in option for option in options):
        return "patient"
    return "picture" if "above" in options else None if names else "end"


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
