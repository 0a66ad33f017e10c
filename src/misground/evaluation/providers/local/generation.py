"""Generation of replies to a batch of questions by a loaded model."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import GenerationConfig, LogitsProcessorList

from misground.errors import WorkError
from misground.evaluation.providers.local.conversation import Conversation
from misground.evaluation.providers.local.decoder import Row, RowDecoder
from misground.evaluation.providers.local.draws import Sampler
from misground.evaluation.providers.local.loading import Loaded
from misground.evaluation.providers.local.tracing import trace_of_reply


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A question to a model.

    Attributes:
        conversation: Text and pictures of the prompt.
        seed: Seed of the draws.
        sampler: Sampler of the steps that the rule does not decide.
        max_tokens: Maximum number of tokens of the reply.
    """

    conversation: Conversation
    seed: int
    sampler: Sampler
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a model.

    Attributes:
        text: The text, without special tokens.
        input_tokens: Tokens of the prompt, without padding.
        output_tokens: Tokens of the reply, including the end token.
        ended: Whether the model ended the reply; otherwise it reached its maximum length.
        seconds: Time that the whole batch took.
        fired: Steps that the rule decided, as `semsam.Summary` counts them; None without the rule.
        deferred: Steps that the rule left to the sampler; None without the rule.
        flipped: Steps in which the rule changed the token; None without the rule.
        trace: The steps that were kept, as `traced.trace_of` has them; None unless they are traced.
    """

    text: str
    input_tokens: int
    output_tokens: int
    ended: bool
    seconds: float
    fired: int | None = None
    deferred: int | None = None
    flipped: int | None = None
    trace: Mapping[str, Any] | None = None


def answer(loaded: Loaded, requests: Sequence[Request]) -> list[Reply | Exception]:
    """Answer a batch of requests with the same sampler.

    Returns:
        A reply or an exception for each request, in their order.

    Raises:
        Exception: Any error of transformers or torch, for the batch as a whole.
    """
    start = time.perf_counter()
    inputs = loaded.on_device(loaded.encoder.encode([request.conversation for request in requests]))
    lengths: list[int] = inputs["attention_mask"].sum(1).tolist()
    budgets = [
        request.max_tokens
        if loaded.context_length is None
        else min(request.max_tokens, loaded.context_length - length)
        for request, length in zip(requests, lengths, strict=True)
    ]
    if min(budgets) < 1:
        return _without_the_long(loaded, requests, lengths, budgets)
    decoder = RowDecoder(
        [Row(request.seed, budget) for request, budget in zip(requests, budgets, strict=True)],
        requests[0].sampler,
        loaded.ends,
        loaded.rule,
    )
    output = loaded.model.generate(
        **inputs,
        generation_config=generation_config(loaded, max(budgets)),
        logits_processor=LogitsProcessorList([decoder]),
    )
    rows: list[list[int]] = output[:, inputs["input_ids"].shape[1] :].tolist()
    counts, kept = decoder.counts(), decoder.steps()
    seconds = time.perf_counter() - start
    replies: list[Reply | Exception] = []
    for at, broken in enumerate(decoder.broken()):
        if broken:
            replies.append(WorkError("the logits of the model contain NaN or infinity: try another dtype"))
            continue
        tokens = cut(rows[at], budgets[at], loaded.ends)
        count = None if counts is None else counts[at]
        text = loaded.encoder.decode(tokens)
        replies.append(
            Reply(
                text=text,
                input_tokens=lengths[at],
                output_tokens=len(tokens),
                ended=bool(tokens) and tokens[-1] in loaded.ends,
                seconds=seconds,
                fired=None if count is None else count.fired,
                deferred=None if count is None else count.deferred,
                flipped=None if count is None else count.flipped,
                trace=None if kept is None else trace_of_reply(kept[at], loaded.encoder, tokens, text),
            )
        )
    return replies


def generation_config(loaded: Loaded, max_tokens: int) -> GenerationConfig:
    """Make the settings of `generate`: one token per step, which the decoder chooses.

    The model's own configuration applies to everything else, such as forbidden tokens. Its sampler and its
    penalties do not apply: a run uses the declared sampler only.

    Args:
        loaded: The model.
        max_tokens: Maximum number of new tokens.
    """
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=max_tokens,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        no_repeat_ngram_size=0,
        eos_token_id=list(loaded.ends) or None,
        pad_token_id=loaded.padding,
    )


def cut(tokens: Sequence[int], budget: int, ends: Sequence[int]) -> list[int]:
    """Cut a row to its own reply: up to and including the first end token, and within its budget."""
    own = list(tokens[:budget])
    last = next((at for at, token in enumerate(own) if token in ends), len(own))
    return own[: last + 1]


def _without_the_long(
    loaded: Loaded, requests: Sequence[Request], lengths: Sequence[int], budgets: Sequence[int]
) -> list[Reply | Exception]:
    """The replies of a batch with prompts that leave no room for a reply: those are errors."""
    fits = [request for request, budget in zip(requests, budgets, strict=True) if budget >= 1]
    replies = iter(answer(loaded, fits) if fits else [])
    return [
        next(replies)
        if budget >= 1
        else WorkError(
            f"the prompt has {length} tokens and leaves no room for a reply in the model's context of "
            f"{loaded.context_length} tokens: use a model with a longer context"
        )
        for length, budget in zip(lengths, budgets, strict=True)
    ]
