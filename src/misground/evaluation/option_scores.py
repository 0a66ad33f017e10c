"""Asking a model how likely it holds each option, after its reply: a second call of the same provider.

The call is one of inspect_ai, so it is cached, retried and limited as any other. Its messages are the
question and what the reply says before its answer; the options travel in `extra_body`, and the provider puts
what it finds into the metadata of its output.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspect_ai.model import (
    CachePolicy,
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    ContentReasoning,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
)

from misground.dialogue.before_answer import before_answer
from misground.errors import WorkError

_ASKED: Final = "misground_options"
_FOUND: Final = "option_logprobs"


async def score_options(
    model: Model,
    question: ChatMessageUser,
    reply: ModelOutput,
    options: Sequence[str],
    cache: CachePolicy | bool,
) -> list[dict[str, Any]]:
    """Ask for the log probability of each option as the answer after what a reply says before its own.

    Args:
        model: The model that replied.
        question: Its message, with the pictures.
        reply: Its reply.
        options: The options of the question.
        cache: How to cache the call.

    Returns:
        The entries of the column `option_logprobs`, in the order of the options.

    Raises:
        WorkError: The provider does not tell them.
    """
    messages: list[ChatMessage] = [question, ChatMessageAssistant(content=before_answer(written(reply)))]
    config = GenerateConfig(max_tokens=1, extra_body={_ASKED: list(options)})
    output = await model.generate(messages, config=config, cache=cache)
    found = (output.metadata or {}).get(_FOUND)
    if not isinstance(found, list) or [one["option"] for one in found] != list(options):
        raise WorkError(f"{model.name} does not tell the probabilities of the options: leave --read out")
    return found


def written(reply: ModelOutput) -> str:
    """All that a model wrote, with the thinking that its provider separated from the answer."""
    content = reply.message.content
    if isinstance(content, str):
        return content
    thought = [part.reasoning for part in content if isinstance(part, ContentReasoning) and part.reasoning]
    return "".join(f"<think>\n{text.strip()}\n</think>\n\n" for text in thought) + reply.completion


def asked_options(config: GenerateConfig) -> list[str]:
    """The options that a call of `score_options` asks for; none in any other call."""
    found = (config.extra_body or {}).get(_ASKED, ())
    return [str(option) for option in found]


def scores_output(model: str, scores: Iterable[Mapping[str, Any]], input_tokens: int = 0) -> ModelOutput:
    """The output of a provider for a call of `score_options`.

    Args:
        model: Name of the model.
        scores: What `scored` made of each option.
        input_tokens: Tokens that were read for it.
    """
    return ModelOutput(
        model=model,
        choices=[ChatCompletionChoice(message=ChatMessageAssistant(content=""), stop_reason="stop")],
        usage=ModelUsage(input_tokens=input_tokens, output_tokens=0, total_tokens=input_tokens),
        metadata={_FOUND: [dict(one) for one in scores]},
    )


def scored(option: str, logprobs: Sequence[float]) -> dict[str, Any]:
    """An entry of the column `option_logprobs`, from the natural log probability of each token.

    Raises:
        WorkError: One of them is not a log probability.
    """
    raw = math.fsum(logprobs)
    if not logprobs or not math.isfinite(raw) or max(logprobs) > 1e-3:
        raise WorkError(f"the log probabilities of the option {option!r} are {list(logprobs)[:8]}")
    return {"option": option, "tokens": len(logprobs), "raw": raw, "normalised": raw / len(logprobs)}
