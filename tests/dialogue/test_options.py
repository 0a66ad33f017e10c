"""The probabilities of options: which tokens count, which option is the likeliest, and their shares."""

import math

import pytest

from misground.dialogue.options import chosen, continuation, shares, tail_lengths


def test_an_option_follows_the_reasoning_on_a_line_of_its_own() -> None:
    assert continuation("It is so.", "left") == "It is so.\nAnswer: left"
    assert continuation("</think>\n\n", "left") == "</think>\n\nAnswer: left"
    assert continuation("", "left") == "Answer: left"


@pytest.mark.parametrize(
    ("tokens", "options", "lengths"),
    [
        ([["Answer", ":", " left"], ["Answer", ":", " right"]], ["left", "right"], [1, 1]),
        ([[":", " super", "ior"], [":", " inf", "er", "ior"]], ["superior", "inferior"], [2, 3]),
        # A space of its own belongs to the option, which another option has within its first token.
        ([[":", " ", "superior"], [":", " inferior"]], ["superior", "inferior"], [2, 1]),
        ([[":", "", "superior"], [":", "inferior"]], ["superior", "inferior"], [2, 1]),  # SentencePiece
        # A token that joins the label's end: all are counted from there on.
        ([["Answer", ": s", "uperior"], ["Answer", ":", " inferior"]], ["superior", "inferior"], [2, 2]),
        ([[":", "towards", "the", "head"], [":", "towards", "the", "feet"]],
         ["towards the head", "towards the feet"], [3, 3]),
        ([["Answer:", " a", "bove"], ["Answer:", " below"]], ["above", "below"], [2, 1]),
    ],
)  # fmt: skip
def test_the_tokens_of_an_option_are_those_after_the_label(
    tokens: list[list[str]], options: list[str], lengths: list[int]
) -> None:
    assert tail_lengths(tokens, options) == lengths


@pytest.mark.parametrize("tokens", [[], ["left", "</s>"], [" lef"], ["\ufffd", "ft"]])
def test_tokens_that_do_not_spell_the_option_are_refused(tokens: list[str]) -> None:
    with pytest.raises(ValueError, match="expected 'left'"):
        tail_lengths([tokens, [":", " right"]], ["left", "right"])


def test_the_likeliest_option_has_the_largest_raw_sum_and_of_equal_ones_the_first_is_taken() -> None:
    long = {"option": "towards the head", "tokens": 3, "raw": -3.0, "normalised": -1.0}
    short = {"option": "up", "tokens": 1, "raw": -2.0, "normalised": -2.0}
    assert chosen([long, short]) == "up"
    assert chosen([{**long, "raw": -2.0}, short]) == "towards the head"
    assert chosen([short, {**long, "raw": -2.0}]) == "up"


def test_shares_are_probabilities_given_that_an_option_is_said() -> None:
    assert shares([math.log(0.3), math.log(0.1)]) == pytest.approx([0.75, 0.25])
    assert shares([-5000.0, -5000.0, -5000.0]) == pytest.approx([1 / 3] * 3)
    assert shares([0.0, -9999.0]) == [1.0, 0.0]
