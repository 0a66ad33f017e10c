"""Normalising a completion: one form of every character, no thinking, no later turns, no formatting.

Every step is linear in the length of the text, whatever it contains: no pattern can start inside text that an
earlier start of the same pattern has already scanned.
"""

import re
import unicodedata
from typing import Final

from misground.dialogue.extraction.rewriting import Rewriting
from misground.dialogue.extraction.thinking import spoken_pieces

_KEPT_CONTROLS: Final = "\n\t"
_UNTICKED: Final = "☐⬜🔲❌✗✘❎🗙"
_EMPTY: Final = "☐"
_CROSSED: Final = "☒"
_TICKED: Final = "☑✅✔✓🗸"
_DROPPED: Final = ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")
_CONTROLS: Final[dict[int, str | None]] = {
    code: None for code in (*range(32), 127) if chr(code) not in _KEPT_CONTROLS
}

_LINE_ENDS: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_ANSI: Final = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07?)")
_CHARACTERS: Final[dict[int, str | None]] = {
    ord(character): new
    for character, new in (
        {"。": ". ", "｡": ". ", "、": ", ", "’": "'", "‘": "'", "ʼ": "'", "´": "'"}
        | dict.fromkeys('*`~#$"“”„«»「」『』', "")
        | dict.fromkeys("_\t\u3000", " ")
        | {"|": " : ", "\\": " ", "{": " ", "}": "\n", "−": "-", "‐": "-", "‑": "-"}
    ).items()
}

_NEXT_KEY: Final = re.compile(r'"[ \t]*,\s*"(?=\w{1,40}"[ \t]{0,4}:)')
_BOXED: Final = re.compile(r"\\(?:boxed|fbox)[ \t]{0,4}\{|<\|begin_of_box\|>", re.IGNORECASE)
_STYLE: Final = r"\\(?:text(?:bf|it|rm|sf)?|math(?:bf|rm|it|sf)|mbox|rm|bf)(?![a-z])"
_STYLED: Final = re.compile(_STYLE + r"[ \t]{0,4}\{([^{}\n]{0,80})\}", re.IGNORECASE)
_LATEX: Final = re.compile(_STYLE, re.IGNORECASE)
_TAG: Final = r"(?:(?:final_?)?answer|conclusion)"
_ANSWER_TAG: Final = re.compile(rf"<{_TAG}>", re.IGNORECASE)
_ANSWER_TAG_END: Final = re.compile(
    rf"</{_TAG}>|<br ?/?>|</?(?:p|div|li|ul|tr|h[1-6]|response|summary|caption)>", re.IGNORECASE
)
_STRUCK: Final = re.compile(r"~~[^~\n]{1,200}~~|<(?P<tag>del|strike)>[^<\n]{0,200}</(?P=tag)>", re.IGNORECASE)
_SPECIAL: Final = re.compile(
    r"<\|[a-z0-9_]{1,40}\|>|</?s>|<eos>|<bos>|<(?:start|end)_of_turn>", re.IGNORECASE
)
_HTML: Final = re.compile(r"</?(?:b|i|u|em|strong|span|code|td|th|font|mark|sub|sup)>", re.IGNORECASE)
_BLANK: Final = re.compile(r"(?<!\w)_{3,}(?!\w)")
_SPACES: Final = re.compile(r" {2,}")
_ABBREVIATIONS: Final = re.compile(r"(?<![a-z])(e\.g|i\.e|vs|approx|fig|cf|dr|resp)\.", re.IGNORECASE)

BOXED: Final = "Boxed answer: "
TAGGED: Final = "Tagged answer: "
BLANK: Final = "<blank>"


def one_form(text: Rewriting) -> None:
    """NFKC without combining accents, escapes, and control, zero-width or direction characters.

    Symbols such as emoji become spaces, and lines end in a line feed.
    """
    text.substitute(_LINE_ENDS, "\n")
    text.substitute(_ANSI, "")
    text.translate(_CONTROLS if text.text.isascii() else _cleaning(text.text))


def _cleaning(text: str) -> dict[int, str | None]:
    """The replacements for the characters that occur in a text."""
    table: dict[int, str | None] = {}
    characters = set(text)
    if _CROSSED in characters and _EMPTY in characters and not characters & set(_TICKED):
        table[ord(_CROSSED)] = "[x]"  # on paper forms, a box with a cross is the chosen one
    for character in characters - {chr(code) for code in table}:
        clean = "".join(map(_clean, unicodedata.normalize("NFKC", _clean(character))))
        if clean != character:
            table[ord(character)] = clean or None
    return table


def _clean(character: str) -> str:
    category = unicodedata.category(character) if len(character) == 1 else ""
    if category in _DROPPED and character not in _KEPT_CONTROLS:
        return ""
    if character in _UNTICKED and character:
        return "[ ]"
    if character in _TICKED and character:
        return "[x]"
    return " " if category == "So" else character


def spoken(text: Rewriting) -> bool:
    """Keep the first turn outside thinking tags; returns whether its last thinking tag was left open."""
    pieces, cut_off = spoken_pieces(text.text)
    text.keep(pieces, "\n")
    return cut_off


def plain(text: Rewriting) -> None:
    """Drop Markdown, LaTeX, HTML and quotes; a boxed or tagged answer becomes a line with `answer:`."""
    text.substitute(_NEXT_KEY, "\n")
    text.substitute(_STRUCK, " ")
    text.substitute(_STYLED, r"\1")
    text.substitute(_BOXED, "\n" + BOXED)
    text.substitute(_LATEX, " ")
    text.substitute(_ANSWER_TAG, "\n" + TAGGED)
    text.substitute(_ANSWER_TAG_END, "\n")
    text.substitute(_SPECIAL, "\n")
    text.substitute(_HTML, "")
    text.substitute(_BLANK, BLANK)
    text.translate(_CHARACTERS)
    text.substitute(_ABBREVIATIONS, r"\1")
    text.substitute(_SPACES, " ")
