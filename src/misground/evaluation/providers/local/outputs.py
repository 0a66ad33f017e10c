"""Conversion of a local model's reply to inspect_ai's format."""

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ModelOutput,
    ModelUsage,
    StopReason,
)

from misground.evaluation.providers.local.draws import Sampler
from misground.evaluation.providers.local.generation import Reply
from misground.evaluation.sent import SENT
from misground.evaluation.traced import TRACE


def stop_reason(reply: Reply, max_tokens: int) -> StopReason:
    """Say why a reply ended: the model ended it, or the limit of its tokens, or the model's context."""
    if reply.ended:
        return "stop"
    return "max_tokens" if reply.output_tokens >= max_tokens else "model_length"


def output_of(reply: Reply, model: str, sampler: Sampler, seed: int, max_tokens: int) -> ModelOutput:
    """Convert a reply, with the steps of the rule in its metadata.

    Args:
        reply: The reply.
        model: Name of the model.
        sampler: Sampler of the reply.
        seed: Seed of its draws.
        max_tokens: Maximum number of its tokens.
    """
    return ModelOutput(
        model=model,
        choices=[
            ChatCompletionChoice(
                message=ChatMessageAssistant(content=reply.text, model=model, source="generate"),
                stop_reason=stop_reason(reply, max_tokens),
            )
        ],
        usage=ModelUsage(
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            total_tokens=reply.input_tokens + reply.output_tokens,
        ),
        time=reply.seconds,
        metadata={
            "steps": reply.output_tokens,
            "fired": reply.fired,
            "deferred": reply.deferred,
            "flipped": reply.flipped,
            **({} if reply.trace is None else {TRACE: dict(reply.trace)}),
            SENT: {
                "max_tokens": max_tokens,
                "seed": seed,
                "temperature": sampler.temperature,
                "top_p": sampler.top_p,
                **({"min_p": sampler.min_p} if sampler.min_p else {}),
            },
        },
    )
