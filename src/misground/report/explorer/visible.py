"""Untrusted text made safe to display: no character in it acts as a control code or hides text."""

from typing import Final

_KEPT: Final = {"\t", "\n"}
_DIRECTION: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that reorder surrounding text: U+061C, marks, embeddings, overrides, isolates."""
_UNSEEN: Final = (0x200B, 0x2060, 0xFEFF)

_SHOWN: Final = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in _KEPT},
    0x7F: "␡",
    **{code: f"⟨U+{code:04X}⟩" for code in (*range(0x80, 0xA0), *_DIRECTION, *_UNSEEN)},
}


def visible(text: str) -> str:
    r"""`text` with its control characters replaced by visible symbols.

    An escape becomes ␛, so ANSI codes show as text; characters that reorder or hide text become ⟨U+202E⟩.
    Tabs and line ends stay; "\r\n" becomes "\n". Right-to-left letters stay: they are ordinary text.

    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return text.replace("\r\n", "\n").translate(_SHOWN)
