"""Untrusted text made safe to display: no character in it acts as a control code or hides text.

Names, reasons and replies come from files and models. On a terminal, an escape sequence in them could rewrite
lines, set the clipboard or forge a link; anywhere, bidirectional marks could turn words around.
"""

from typing import Final

_KEPT: Final = {"\t", "\n"}
_DIRECTION: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x2070))
"""Characters that reorder or reshape surrounding text: marks, embeddings, overrides, isolates."""
_UNSEEN: Final = (
    *(0x00AD, 0x034F, 0x180E, 0x200B, *range(0x2060, 0x2066), 0xFEFF),
    *(*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)),
)
_LINE_ENDS: Final = (0x2028, 0x2029)
_SURROGATES: Final = range(0xD800, 0xE000)
"""Bytes of a file name that are no UTF-8; no encoding can write them."""

_SHOWN: Final = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in _KEPT},
    0x7F: "␡",
    **{
        code: f"⟨U+{code:04X}⟩"
        for code in (*range(0x80, 0xA0), *_DIRECTION, *_UNSEEN, *_LINE_ENDS, *_SURROGATES)
    },
}


def visible(text: str) -> str:
    r"""`text` with its control characters replaced by visible symbols.

    An escape becomes ␛, so ANSI codes show as text; characters that reorder or hide text become ⟨U+202E⟩.
    Tabs and line ends stay; "\r\n" becomes "\n". Right-to-left letters stay: they are ordinary text.

    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return text.replace("\r\n", "\n").translate(_SHOWN)


def visible_line(text: str) -> str:
    r"""`visible`, for text that belongs in one line: its tabs and line ends show, too.

    >>> visible_line("one\ntwo")
    'one␊two'
    """
    return text.translate(_SHOWN).replace("\t", "␉").replace("\n", "␊")
