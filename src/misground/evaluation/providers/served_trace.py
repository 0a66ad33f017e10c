"""The flipped steps of a reply from a vLLM server, read from the log probabilities of its tokens.

vLLM tells the likeliest tokens of each step before samplers and logits processors. A step whose token is not
the likeliest one was flipped by the rule, or was deferred and drawn by the sampler. The rule defers where a
candidate is not a content token; of these, special tokens are known by their text, and such steps are left
out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from inspect_ai.model import GenerateConfig, Logprob, ModelCall, ModelOutput

from misground.evaluation.traced import TRACE, kept_step, trace_of

MOST_KEPT: Final = 256
"""Flipped steps that are kept of a reply: the last ones."""
KNOWN: Final = "flipped steps, without scores"
"""What the run record says of the trace of a server."""
NOTE: Final = (
    "--trace steps: a server tells neither scores nor deferred steps, so only flipped steps are kept; a "
    "deferred step that was drawn counts as flipped where its candidates do not show that it was deferred"
)
MOST_TOLD: Final = 20
"""Likeliest tokens that vLLM tells of a step unless its `--max-logprobs` says otherwise."""

_SPECIAL: Final = re.compile(r"<[|/\w][^<>]*>|\[[A-Z_]{2,}\]")
_PART: Final = "\ufffd"
_ENOUGH: Final = 1e-6
Result = TypeVar("Result")


def asking(rule: Mapping[str, Any]) -> GenerateConfig:
    """The settings of a call that ask for the likeliest tokens of each step.

    Args:
        rule: Settings of the rule that differ from its defaults.
    """
    return GenerateConfig(logprobs=True, top_logprobs=min(int(rule.get("top_m", MOST_TOLD)), MOST_TOLD))


def with_steps(result: Result, config: GenerateConfig) -> Result:
    """Put the flipped steps of a reply into its metadata, in place of its log probabilities.

    Args:
        result: What a provider returned: an output, or an output and the call that it made.
        config: Settings of the call. Without those of `asking`, nothing is done.
    """
    output, call = result if isinstance(result, tuple) else (result, None)
    if not config.logprobs or not isinstance(output, ModelOutput) or not output.choices:
        return result
    told = output.choices[0].logprobs
    output.choices[0].logprobs = None
    if isinstance(call, ModelCall) and isinstance(call.response, dict):
        choices = call.response.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                choice.pop("logprobs", None)  # many times as long as the reply
    if told is not None:
        rule = (config.extra_body or {}).get("vllm_xargs", {})
        steps = flipped_steps(told.content, output.completion, rule)
        kept = steps[-MOST_KEPT:]
        output.metadata = {**(output.metadata or {}), TRACE: trace_of(kept, len(steps) - len(kept))}
    return result


def flipped_steps(told: Sequence[Logprob], completion: str, rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps whose token is not the likeliest one, and whose candidates hold no special token.

    Args:
        told: The tokens of the reply, each with the likeliest ones of its step.
        completion: Text of the reply.
        rule: Parameters of the rule as the request has them, `semsam_top_p` among them.
    """
    where = _spans([one.token for one in told], completion)
    enough = float(rule.get("semsam_top_p", 1.0)) - _ENOUGH
    found = []
    for position, (one, span) in enumerate(zip(told, where, strict=True)):
        likeliest = sorted(one.top_logprobs or (), key=lambda each: -each.logprob)
        if not likeliest or one.logprob >= likeliest[0].logprob:  # equal ones tie
            continue
        candidates: list[tuple[None, str, float, None]] = []
        mass = 0.0
        for each in likeliest:
            if candidates and mass >= enough:
                break
            p = math.exp(min(each.logprob, 0.0))
            candidates.append((None, each.token, p, None))
            mass += p
        if any(_SPECIAL.fullmatch(text.strip()) for _, text, _, _ in candidates):
            continue
        greedy = likeliest[0].token
        found.append(kept_step(position, span, "fired", (None, one.token), (None, greedy), candidates))
    return found


def _spans(pieces: Sequence[str], text: str) -> list[tuple[int, int] | None]:
    """Where the tokens stand in the reply; None for those before it (thinking), and where they do not fit.

    A server writes a part of a character as U+FFFD, or as nothing until the character is whole.
    """
    found: list[tuple[int, int] | None] = [None] * len(pieces)
    for first in _beginnings(pieces, text):
        at, split, placed = 0, False, dict[int, tuple[int, int]]()
        for number in range(first, len(pieces)):
            piece = pieces[number]
            if split and piece and text.startswith(piece, at + 1) and not text.startswith(piece, at):
                at += 1  # the split character is whole
            if piece and text.startswith(piece, at):
                placed[number], at, split = (at, at + len(piece)), at + len(piece), False
            elif not piece.strip(_PART) and at < len(text):
                placed[number], split = (at, at + 1), True
            elif _PART in piece and text.startswith(piece.partition(_PART)[0], at):
                begin, at = at, at + len(piece.partition(_PART)[0])
                placed[number], split = (begin, min(at + 1, len(text))), True
            else:
                break
        if at + split >= len(text):
            for number, span in placed.items():
                found[number] = span
            return found
    return found


def _beginnings(pieces: Sequence[str], text: str) -> list[int]:
    """Tokens with which the reply may begin, the first one first, then the last one: after thinking."""
    start = text[:1]
    fits = [number for number, piece in enumerate(pieces) if start and piece.startswith((start, _PART))]
    return fits[:1] + fits[:0:-1]
