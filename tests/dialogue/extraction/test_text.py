"""What becomes of a completion before it is read, and where its characters came from."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.dialogue.extraction.rewriting import Rewriting
from misground.dialogue.extraction.text import one_form, plain, spoken


def spoken_text(completion: str) -> tuple[str, bool]:
    text = Rewriting(completion)
    cut_off = spoken(text)
    return text.text, cut_off


def plain_text(completion: str) -> str:
    text = Rewriting(completion)
    plain(text)
    return text.text


@pytest.mark.parametrize(
    ("completion", "said", "cut_off"),
    [
        ("a<think>b</think>c", "a\nc", False),
        ("a</think>c", "c", False),
        ("a<think>b<think>c</think>d", "a\nd", False),
        ("a<think>b", "a", True),
        ("a\nUser: b", "a", False),
        ("<think>a\nUser: b\nAssistant: c</think>d", "d", False),
        ("a\nUser: b\nAssistant: c</think>d", "d", False),
        ("a\nUser: b\nAssistant: <think>c", "a", False),
        ("analysisWe compare. Left?assistantfinalAnswer: left", "Answer: left", False),
        ("<|START_THINKING|>a<|END_THINKING|>b", "b", False),
        ("<seed:think>a</seed:think>b", "b", False),
        ("<|channel>thought\na<channel|>b", "b", False),
    ],
)
def test_thinking_and_later_turns_are_dropped(completion: str, said: str, cut_off: bool) -> None:
    assert spoken_text(completion) == (said, cut_off)


def test_a_text_becomes_one_form_of_each_character() -> None:
    text = Rewriting("ＡＢ\u200b\x1b[31mc\x1b[0m\r\nd\x00e\u0301")
    one_form(text)
    assert text.text == "ABc\nde"


def test_decoration_goes_and_what_is_boxed_becomes_an_answer_line() -> None:
    assert plain_text("**a** `b` _c_ | d") == "a b c : d"
    assert plain_text("$\\boxed{\\text{left}}$").split() == ["Boxed", "answer:", "left"]
    assert plain_text("<|begin_of_box|>left<|end_of_box|>").split() == ["Boxed", "answer:", "left"]
    assert plain_text("<answer>left</answer>").split() == ["Tagged", "answer:", "left"]


@given(st.text(alphabet="ab*_ \n\\{}ﬁé👍\u200b"), st.integers(0, 40), st.integers(1, 10))
def test_every_place_of_a_rewritten_text_is_traced_into_the_original(
    original: str, start: int, length: int
) -> None:
    text = Rewriting(original)
    one_form(text)
    plain(text)
    end = min(len(text.text), start + length)
    if start < end:
        first, last = text.origin(start, end)
        assert 0 <= first < last <= len(original)


@given(st.text(alphabet="xyz-"), st.sampled_from(["", "+", "++++"]))
def test_characters_that_no_step_touches_are_traced_to_themselves(original: str, new: str) -> None:
    text = Rewriting(original)
    text.substitute(re.compile("-+"), new)
    text.translate({ord("x"): None})
    kept = [at for at, character in enumerate(original) if character in "yz"]
    now = [at for at, character in enumerate(text.text) if character in "yz"]
    assert [text.origin(at, at + 1) for at in now] == [(at, at + 1) for at in kept]
