"""The tokens that a server tells, placed in the reply's text."""

import math

import pytest

pytest.importorskip("inspect_ai")

from inspect_ai.model import Logprob, TopLogprob

from misground.evaluation.providers.served_trace import flipped_steps


def told(token: str, greedy: str | None = None, **others: float) -> Logprob:
    """A token with p 0.3, and the likeliest one with p 0.6 if it is another."""
    shares = {token: 0.3, **({} if greedy is None else {greedy: 0.6}), **others}
    top = [TopLogprob(token=one, logprob=math.log(p)) for one, p in shares.items()]
    return Logprob(token=token, logprob=math.log(0.3), top_logprobs=top)


def placed(tokens: list[Logprob], text: str) -> list[tuple[int, str | None]]:
    found = flipped_steps(tokens, text, {"semsam_top_p": 0.8})
    return [(one["position"], None if one["span"] is None else text[slice(*one["span"])]) for one in found]


def test_characters_that_tokens_split() -> None:
    tokens = [told("a \ufffd", "x"), told("\ufffd", "y"), told("\ufffdb", "z"), told("", "q"), told("c", "d")]
    assert placed([*tokens[:2], told("b", "z"), told("c", "d")], "a \u2264bc") == [
        (0, "a \u2264"), (1, "\u2264"), (2, "b"), (3, "c"),
    ]  # fmt: skip


def test_thinking_before_the_reply_has_no_place() -> None:
    tokens = [told("left", "x"), told("</think>"), told("\n\n"), told("left", "right"), told("!", "?")]
    assert placed(tokens, "left!") == [(0, None), (3, "left"), (4, "!")]


def test_tokens_that_do_not_spell_the_reply_have_no_place() -> None:
    assert placed([told("left", "x"), told("up", "down")], "something else") == [(0, None), (1, None)]


def test_a_step_with_a_special_candidate_may_be_deferred_and_is_left_out() -> None:
    special = [told("a", "b", **{text: 0.7}) for text in ("<|im_end|>", "</s>", "<end_of_turn>")]
    assert placed(special, "aaa") == []
    assert placed([told("a", "b", **{"<": 0.05, "<=": 0.04})], "a") == [(0, "a")]
