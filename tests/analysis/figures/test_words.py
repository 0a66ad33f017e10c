"""Names that are not ours are cut and cleaned, never changed beyond that."""

import pytest

from misground.analysis.figures.size_axis import size_word
from misground.analysis.figures.words import LONGEST, plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Qwen2.5-VL-7B (semantic)", "Qwen2.5-VL-7B (semantic)"),
        ("a[b].c", "a[b].c"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("two\nlines\x00 and\ttabs", "two lines and tabs"),
        (" \n", "unnamed"),
        ("x" * 40 + "-end (semantic)", "x" * 18 + "…" + "xx-end (semantic)"),
    ],
)
def test_a_name_is_one_line_that_can_be_drawn(name: str, shown: str) -> None:
    assert plain(name) == shown
    assert len(plain(name)) <= LONGEST


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        (None, "size unknown"),
        (0, "size unknown"),
        (7_615_616_512, "7.62B"),
        (5 * 10**8, "500M"),
        (999, "999"),
    ],
)
def test_sizes_are_said_as_the_field_says_them(parameters, word: str) -> None:
    assert size_word(parameters) == word
