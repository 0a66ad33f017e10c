"""What a model holds likely: the probabilities of a question's options as continuations of `Answer:`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

LABEL: Final = "Answer:"


def continuation(reasoning: str, option: str) -> str:
    """The reply that answers with an option after some reasoning.

    Args:
        reasoning: what the model wrote before its answer; see `before_answer`.
        option: the option, as offered.
    """
    start = reasoning if not reasoning or reasoning.endswith("\n") else reasoning + "\n"
    return f"{start}{LABEL} {option}"


def tail_lengths(tokens: Sequence[Sequence[str]], options: Sequence[str]) -> list[int]:
    """How many tokens at the end of each reply spell its option.

    Every reply ends in `Answer:` and an option. White space before an option belongs to it. Where a token
    joins the end of `Answer:` and the start of an option, all replies are counted from the same character on,
    so that the options are compared after the same text.

    Args:
        tokens: the last tokens of each reply as text, at least as many as `Answer:` and its option take.
        options: the option of each reply.

    Raises:
        ValueError: the tokens do not spell the option.
    """
    before = 0
    while True:
        lengths = [
            _tail(some, f"{LABEL[max(0, len(LABEL) - before) :]}{_squeezed(option)}")
            for some, option in zip(tokens, options, strict=True)
        ]
        spelled = [_squeezed("".join(some[-length:])) for some, length in zip(tokens, lengths, strict=True)]
        joined = max(
            len(text) - len(_squeezed(option)) for text, option in zip(spelled, options, strict=True)
        )
        if joined <= before:
            return lengths
        before = joined


def chosen(scored: Sequence[Mapping[str, Any]]) -> str:
    """The option with the largest raw log probability; of equal ones, the one that was offered first.

    Args:
        scored: entries of the column `option_logprobs`.
    """
    return str(max(scored, key=lambda one: float(one["raw"]))["option"])


def shares(raw: Sequence[float]) -> list[float]:
    """The probabilities of the options given that the model answers with one of them.

    Args:
        raw: the sum of the log probabilities of each option's tokens.
    """
    most = max(raw)
    weights = [math.exp(one - most) for one in raw]
    return [weight / sum(weights) for weight in weights]


def _tail(tokens: Sequence[str], wanted: str) -> int:
    """The number of tokens from the end that spell a text, and of the white space before it."""
    spelled, length = "", 0
    while len(spelled) < len(wanted) and length < len(tokens):
        length += 1
        spelled = _squeezed(tokens[-length]) + spelled
    if not spelled.endswith(wanted):
        raise ValueError(f"the tokens end in {spelled!r}, expected {wanted!r}")
    while length < len(tokens) and not _squeezed(tokens[-length - 1]):
        length += 1
    return length


def _squeezed(text: str) -> str:
    return "".join(text.split())
