"""Locating the answer in a text: the places that claim to state it, and the last sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from misground.dialogue.extraction.text import BOXED, TAGGED
from misground.dialogue.extraction.words import word_lists
from misground.questions.names import asked_names

LONGEST: Final = 2_000
"""Most characters of an answer (our choice); a human reader would not search a longer text either."""

WORD: Final = re.compile(r"[^\W_]")

_MARKERS: Final = "|".join(map(re.escape, sorted(word_lists()["markers"], key=len, reverse=True)))
_DIRECTIONS: Final = "left|right|superior|inferior|anterior|posterior|medial|lateral|axial|coronal|sagittal"
"""Words that make a whole line of "Answer" and one of them an answer; "answer below" points at the text."""
_MARKER: Final = re.compile(
    rf"(?<![a-z])(?:{_MARKERS})'?"
    r"(?: ?\([^()\n]{0,80}\))?(?: to (?:the|your|this) question| choice| option)?"
    r"(?: (?:is|was|would be|should be|must be|will be))?"
    r"(?: ?(?:[:=]|→|=>)| (?:-{1,3}|–|—)(?= ))[ :=]*"
    r"|^[ >.-]{0,4}(?:[0-9]{1,2}[.)] )?(?:(?:my|the|final|correct) ){0,2}answer"
    rf"(?: ?$| (?=(?:{_DIRECTIONS})\W{{0,3}}$))",
    re.IGNORECASE | re.MULTILINE,
)
_STATED: Final = re.compile(
    r"(?:^|[.!?:,;] )(?:(?:so|thus|therefore|hence|and so|then|i think|i believe|in conclusion|actually|no|"
    r"but|instead|now|overall|in summary),? ){0,2}"
    r"(?:that )?(?:the|my) (?:(?:final|correct|right|best|most likely|likely) ){0,2}(?:answer|option|choice) "
    r"(?:is|would be|should be|must be) (?:that |likely |probably |most likely |therefore |thus )?",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])['\")\]]* +|\n")
_CONDITION: Final = re.compile(r"(?<![a-z])(?:if|unless|suppose|assuming|had|were)\b(?! so)", re.IGNORECASE)
_TICK: Final = re.compile(r"\[x\]|[:-] ?yes\b|(\[ \]|[:-] ?no\b)", re.IGNORECASE)
_LABEL: Final = 60
"""Number of characters before a marker that are searched for the label that it belongs to."""


_QUESTION: Final = re.compile(
    r"\n[ >-]{0,4}(?:(?:next|another|new|further|follow-up) )?question ?"
    r"(?:[0-9]{1,3} ?(?:[:.)]|(?=\n))|[:.)])"
    r"|\n[ >-]{0,4}(?:(?:q[0-9]{0,3}[:.)]|now,?|and) )?(?:what is the position of|where is) ",
    re.IGNORECASE,
)
_EXAMPLE: Final = re.compile(
    r"\b(?:for example|for instance|e\.?g|such as|you(?:'d| would| could)|would (?:write|say|answer))\b|"
    r"\b(?:write|reply|respond|as in)\W*$",
    re.IGNORECASE,
)
_CONDITIONAL: Final = re.compile(
    r"[^,;:\n]{1,40}? would (?:be|have been|apply|hold|only|follow)\b", re.IGNORECASE
)
_QUESTIONS: Final = 4
"""Further questions of which one may end the reply."""


@dataclass(frozen=True)
class Claim:
    """A place that claims to state the answer: the rest of a line behind a marker.

    Attributes:
        start: where its content begins.
        end: where its content ends.
        rule: the rule that a reading of it goes by.
        line: the content; None if nothing follows, not even on a later line.
        moved: whether its own line was empty, so that the next line was taken.
        ended: whether the line was ended, by a line feed.
        offered: whether it is one of several on a line ("`Answer: left` or `Answer: right`").
    """

    start: int
    end: int
    rule: str
    line: str | None
    moved: bool
    ended: bool
    offered: bool = False


def first_question(text: str, names: Sequence[str]) -> str:
    """The text up to where, after an answer, another question than that about `names` is made up."""
    for found in islice(_QUESTION.finditer(text), _QUESTIONS):
        line = text[found.start() : _line_end(text, found.end())].lower().rstrip()
        if names and asked_names(line) == tuple(name.lower() for name in names):
            continue
        answered = next(claims_backwards(text[: found.start()]), None)
        if answered is not None and answered.line is not None:
            return text[: found.start()]
    return text


def claims_backwards(text: str) -> Iterator[Claim]:
    """The claims of a text from the last one backwards, without the prompt's own and denied ones."""
    markers = [(found.start(), found.end(), False) for found in _MARKER.finditer(text)]
    stated = [(found.start(), found.end(), True) for found in _STATED.finditer(text)]
    for start, end, is_stated in sorted([*markers, *stated], reverse=True):
        label = text[max(0, start - _LABEL) : start].rpartition("\n")[2]
        if is_stated:
            stop = _line_end(text, end)
            line = None if _is_conditional(text, start) else text[end:stop]
            yield Claim(end, stop, "the answer is", line, moved=False, ended=stop < len(text))
        elif not _is_placeholder(text, end) and not _is_other_label(label, text, end):
            offered = label.rstrip(" ,").lower().endswith((" or", "/")) and _MARKER.search(label) is not None
            yield replace(_claim(text, end, _rule(f"{label}{text[start:end]}")), offered=offered)


def last_sentences(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """The spans of the sentences with content (no courtesy, rule or symbol), from the last one backwards."""
    courtesies = tuple(word_lists()["courtesies"])
    for first, last in _sentences_backwards(text, start):
        begin = text[first : min(last, first + 60)].lstrip(" -•:;,.()[]>+0123456789").lower()[:40]
        if WORD.search(begin) and not begin.startswith(courtesies):
            yield first, last


def last_lines(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the lines with words, from the last one backwards."""
    end = len(text)
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        if end - start > LONGEST:
            return
        if WORD.search(text, start, end):
            yield start, end
        end = start - 1


def tick_of(line: str) -> bool | None:
    """Whether a line of a list is ticked ("[x]", "yes") or not ("[ ]", "no"); None if it has no such mark."""
    ticks = {not mark[1] for mark in _TICK.finditer(line)}
    return ticks.pop() if len(ticks) == 1 else None


def _is_conditional(text: str, start: int) -> bool:
    """Whether the sentence that states an answer has a condition: "if mirrored, the answer is"."""
    sentence = _SENTENCE_END.split(text[max(0, start - LONGEST // 8) : start + 1])[-1]
    return bool(_CONDITION.search(sentence))


def _line_end(text: str, start: int) -> int:
    """The end of the line, or a place past the longest answer if the line is too long."""
    end = text.find("\n", start, start + LONGEST + 1)
    return min(len(text), start + LONGEST + 1) if end < 0 else end


def _claim(text: str, start: int, rule: str) -> Claim:
    end = _line_end(text, start)
    if WORD.search(text, start, end):
        return Claim(start, end, rule, text[start:end], moved=False, ended=end < len(text))
    following = WORD.search(text, start)
    if following is None:
        return Claim(start, start, rule, None, moved=True, ended=False)
    at = following.start()
    end = _line_end(text, at)
    return Claim(at, end, rule, text[at:end], moved=True, ended=end < len(text))


def _rule(marker: str) -> str:
    if BOXED.rstrip(": ") in marker:
        return "boxed"
    return "answer tag" if TAGGED.rstrip(": ") in marker else "answer line"


def _is_other_label(label: str, text: str, end: int) -> bool:
    """Whether a marker is that of a wrong, an alternative or somebody else's answer."""
    if _EXAMPLE.search(label) or _CONDITIONAL.match(text, end, _line_end(text, end)):
        return True
    words = re.findall(r"[a-z']+", label.lower())[-2:]
    if any(word in word_lists()["other_labels"] for word in words):
        return True
    return bool(words) and words[-1] == "your" and not WORD.search(text, end, _line_end(text, end))


def _is_placeholder(text: str, start: int) -> bool:
    """Whether the text there is the prompt's own `<option>`, alone or with the prompt's words about it."""
    placeholders = word_lists()["placeholders"]
    written = text[start : start + 40].split("\n", 1)[0].strip().lower()
    if written.startswith("<") and ">" in written:
        written = written.partition(">")[0]
    return written.strip(" <>[]().:;'\"") in placeholders


def _sentences_backwards(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Spans of sentences from the last one backwards, within the part that a human reader would consider."""
    first = max(start, len(text) - 4 * LONGEST)
    ends = [(found.start(), found.end()) for found in _SENTENCE_END.finditer(text, first)]
    begins = [first, *(end for _, end in ends)]
    stops = [*(begin for begin, _ in ends), len(text)]
    spans = list(zip(begins, stops, strict=True))
    if first > start:
        spans[0] = (max(start, spans[0][1] - LONGEST - 4), spans[0][1])  # its beginning is cut off
    for begin, stop in reversed(spans):
        piece = text[begin:stop].strip()
        at = text.index(piece, begin) if piece else begin
        yield at, at + len(piece)
