"""Text of others, made safe to look at."""

import pytest

from misground.visible import visible


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\x00b\x07", "a␀b␇"),
        ("\x9b31m\x7f", "⟨U+009B⟩31m␡"),
        ("abc\u202edef", "abc⟨U+202E⟩def"),
        ("\u2066x\u2069\u200f", "⟨U+2066⟩x⟨U+2069⟩⟨U+200F⟩"),
        ("one\r\ntwo\rthree", "one\ntwo␍three"),
        ("\ttabs and\nlines stay", "\ttabs and\nlines stay"),
        ("שלום, \U0001f9e0 é", "שלום, \U0001f9e0 é"),
    ],
)
def test_what_acts_or_hides_becomes_a_sign_and_text_stays(written: str, shown: str) -> None:
    assert visible(written) == shown
