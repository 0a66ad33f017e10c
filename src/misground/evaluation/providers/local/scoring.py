"""The log probabilities of the options of a question as continuations of a reply of a loaded model."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch

from misground.dialogue.before_answer import close_thinking
from misground.dialogue.options import continuation, tail_lengths
from misground.errors import WorkError
from misground.evaluation.option_scores import scored
from misground.evaluation.providers.local.conversation import Conversation
from misground.evaluation.providers.local.loading import Loaded

_ROOM = 32
"""Tokens at the end of a reply that hold any option; also what a reply that is too long is cut by."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRequest:
    """The options of a question after a reply.

    Attributes:
        conversation: Text and pictures of the prompt.
        reasoning: What the reply says before its answer.
        options: The options.
    """

    conversation: Conversation
    reasoning: str
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scores:
    """Entries of the column `option_logprobs`, and the tokens that were read for them."""

    options: list[dict[str, Any]]
    input_tokens: int


def score(loaded: Loaded, request: ScoreRequest) -> Scores:
    """Score the options of a question, each in a forward pass of its own without sampler and rule.

    One row at a time needs no padding, so that the positions of every kind of model are right, and no more
    memory than the reply itself took.

    Args:
        loaded: The model.
        request: The options, and what comes before them.

    Raises:
        WorkError: The prompt leaves no room for an option, or the tokenizer does not spell the options.
        Exception: Any error of transformers or torch.
    """
    encoded = _encoded(loaded, request)
    rows: list[list[int]] = [inputs["input_ids"][0].tolist() for inputs in encoded]
    decode = loaded.encoder.tokenizer.decode
    try:
        lengths = tail_lengths([[decode([token]) for token in row[-_ROOM:]] for row in rows], request.options)
    except ValueError as error:
        raise WorkError(f"the tokenizer does not spell the options word by word ({error})") from error
    found = []
    for option, inputs, row, length in zip(request.options, encoded, rows, lengths, strict=True):
        # The logits of a place tell the token after it; those of the last place are not used.
        logits = _last_logits(loaded.model, loaded.on_device(inputs), length + 1)[:-1]
        likely = torch.log_softmax(logits.float(), dim=-1)
        tokens = torch.tensor(row[-length:], device=likely.device)
        found.append(scored(option, likely.gather(1, tokens.unsqueeze(1)).squeeze(1).tolist()))
    return Scores(found, sum(map(len, rows)))


def _encoded(loaded: Loaded, request: ScoreRequest) -> list[dict[str, Any]]:
    """The inputs for each option; the last words of a reply that filled the context make room."""
    encoder, context = loaded.encoder, loaded.context_length
    start = encoder.text(request.conversation)
    reasoning = close_thinking(start + request.reasoning)[len(start) :]

    def encoded(reasoning: str) -> list[dict[str, Any]]:
        texts = [start + continuation(reasoning, option) for option in request.options]
        return [encoder.encode_texts([text], [request.conversation]) for text in texts]

    found = encoded(reasoning)
    over = 0 if context is None else max(inputs["input_ids"].shape[1] for inputs in found) - context
    if over <= 0:
        return found
    own = encoder.tokenizer(request.reasoning, add_special_tokens=False)["input_ids"]
    shorter = own[: -over - _ROOM]
    if not shorter:
        raise WorkError(
            f"the prompt leaves no room for an option in the model's context of {context} tokens: use a "
            "model with a longer context"
        )
    return encoded(close_thinking(start + encoder.decode(shorter))[len(start) :])


def _last_logits(model: Any, inputs: dict[str, Any], count: int) -> torch.Tensor:
    """The (count, V) logits of the last places of a single row."""
    fewer = {"logits_to_keep": count} if "logits_to_keep" in signature(model.forward).parameters else {}
    with torch.inference_mode():
        logits: torch.Tensor = model(**inputs, **fewer, use_cache=False).logits
    return logits[0, -count:]
