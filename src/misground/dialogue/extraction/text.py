"""Normalising a completion: one form of every character, no formatting, no thinking.

Every step is linear in the length of the text, whatever it contains: no pattern can start inside text that an
earlier start of the same pattern has already scanned.
"""

import re
import unicodedata
from typing import Final

_KEPT_CONTROLS: Final = "\n\t"
_UNTICKED: Final = "☐⬜🔲"
_DROPPED: Final = ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")

_LINE_ENDS: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_ANSI: Final = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07?)")
_CHARACTERS: Final = str.maketrans(
    {"。": ". ", "｡": ". ", "、": ", ", "’": "'", "‘": "'", "ʼ": "'", "´": "'"}
    | dict.fromkeys('*`~#$"“”„«»「」『』', "")
    | dict.fromkeys("_\t\u3000", " ")
    | {"|": " : ", "\\": " ", "{": " ", "}": " ; ", "−": "-", "‐": "-", "‑": "-"}
)

# Tags around reasoning: Qwen, DeepSeek and others; Kimi; Mistral; Gemma; the channels of gpt-oss.
_NAME: Final = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis)"
_THINKING: Final = re.compile(
    rf"(?P<open><{_NAME}>|\[think\]|◁think▷|<unused94>|<\|channel\|>(?:analysis|commentary)|<\|begin_of_thought\|>)"
    rf"|</{_NAME}>|\[/think\]|◁/think▷|<unused95>|<\|channel\|>final|<\|end_of_thought\|>",
    re.IGNORECASE,
)

_NEXT_TURN: Final = re.compile(
    r"\n(?:\*\*)?(?:human|user)(?:\*\*)? ?:|<\|(?:im_start|start_header_id)\|>user|<start_of_turn>user",
    re.IGNORECASE,
)
_NEXT_KEY: Final = re.compile(r'"[ \t]*,\s*"(?=\w{1,40}"[ \t]{0,4}:)')
_BOXED: Final = re.compile(r"\\(?:boxed|fbox)[ \t]{0,4}\{", re.IGNORECASE)
_LATEX: Final = re.compile(
    r"\\(?:text(?:bf|it|rm|sf)?|math(?:bf|rm|it|sf)|mbox|rm|bf)(?![a-z])", re.IGNORECASE
)
_ANSWER_TAG: Final = re.compile(r"<(?:final_?)?answer>", re.IGNORECASE)
_ANSWER_TAG_END: Final = re.compile(
    r"</(?:final_?)?answer>|<br ?/?>|</?(?:p|div|li|ul|tr|h[1-6])>", re.IGNORECASE
)
_SPECIAL: Final = re.compile(
    r"<\|[a-z0-9_]{1,40}\|>|</?s>|<eos>|<bos>|<(?:start|end)_of_turn>", re.IGNORECASE
)
_HTML: Final = re.compile(r"</?(?:b|i|u|em|strong|span|code|td|th|font|mark|sub|sup)>", re.IGNORECASE)
_SPACES: Final = re.compile(r" {2,}")
_ABBREVIATIONS: Final = re.compile(r"(?<![a-z])(e\.g|i\.e|vs|approx|fig|cf|dr|resp)\.", re.IGNORECASE)


def one_form(text: str) -> str:
    """The text in NFKC without combining accents, escapes, and control, zero-width or direction characters.

    Symbols such as emoji become spaces, and lines end in a line feed.
    """
    text = _ANSI.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii():
        return text.translate({code: None for code in (*range(32), 127) if chr(code) not in _KEPT_CONTROLS})
    # Combining marks are removed first, since NFKC takes quadratic time to sort a long run of them.
    text = unicodedata.normalize("NFKC", text.translate(_cleaning(text)))
    return text.translate(_cleaning(text))


def _cleaning(text: str) -> dict[int, str | None]:
    """The replacements for the characters that occur in a text."""
    table: dict[int, str | None] = {}
    for character in set(text):
        category = unicodedata.category(character)
        if category in _DROPPED and character not in _KEPT_CONTROLS:
            table[ord(character)] = None
        elif character in _UNTICKED:
            table[ord(character)] = "[ ]"
        elif category == "So":
            table[ord(character)] = " "
    return table


def first_turn(text: str) -> str:
    """The text up to where the model continues in the user's role, if it does."""
    turn = _NEXT_TURN.search(text)
    return text if turn is None else text[: turn.start()]


def without_thinking(text: str) -> tuple[str, bool]:
    """The text outside thinking tags, and whether the last of them was left open.

    Text before an unmatched closing tag is thinking, too, since some templates open the tag in the prompt. A
    closing tag closes all open tags.
    """
    kept: list[str] = []
    start, thinking = 0, False
    for tag in _THINKING.finditer(text):
        if tag["open"] is None:
            if not thinking:
                kept.clear()
            start, thinking = tag.end(), False
        elif not thinking:
            kept.append(text[start : tag.start()])
            thinking = True
    if not thinking:
        kept.append(text[start:])
    return "\n".join(kept), thinking


def plain(text: str) -> str:
    """The text without Markdown, LaTeX, HTML and quotes; a boxed or tagged answer becomes `Answer:`."""
    text = _NEXT_KEY.sub(" ; ", text)
    text = _LATEX.sub(" ", _BOXED.sub("\nAnswer: ", text))
    text = _ANSWER_TAG_END.sub("\n", _ANSWER_TAG.sub("\nAnswer: ", text))
    text = _HTML.sub("", _SPECIAL.sub("\n", text))
    text = _ABBREVIATIONS.sub(r"\1", text.translate(_CHARACTERS))
    return _SPACES.sub(" ", text)
