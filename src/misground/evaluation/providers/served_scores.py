"""The log probabilities of the options on a vLLM server: each as the end of a reply that is only read.

vLLM tells the log probability of every token of a prompt (`prompt_logprobs`), from the model's own logits at
temperature 1: its samplers and logits processors, the semantic rule among them, have no part in it. The
options cost a request each, which generates one token that nobody uses.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from inspect_ai.model import ChatMessage, ChatMessageAssistant, GenerateConfig, ModelOutput

from misground.dialogue.options import continuation, tail_lengths
from misground.errors import WorkError
from misground.evaluation.option_scores import scored, scores_output
from misground.evaluation.replies import check_reply

_READ_ALONG: Final = {"continue_final_message": True, "add_generation_prompt": False}
_ROOM: Final = 64
"""Tokens at the end of a prompt that hold any option."""

Ask = Callable[[list[ChatMessage], GenerateConfig], Awaitable[Any]]


async def served_scores(
    ask: Ask, model: str, messages: Sequence[ChatMessage], options: Sequence[str], config: GenerateConfig
) -> ModelOutput:
    """Score the options of a question after a reply.

    Args:
        ask: Sends messages to a server, as `ModelAPI.generate` does.
        model: Name of the model.
        messages: The question, and what the reply says before its answer.
        options: The options.
        config: Settings of the call, with those of `score_options`.

    Raises:
        WorkError: The server tells no log probabilities, or its tokens do not spell the options.
        Exception: The server refused the request, or did not answer.
    """
    reading = config.model_copy(
        update={"max_tokens": 1, "temperature": 0.0, "top_p": None, "prompt_logprobs": 1}
        | {"logprobs": None, "top_logprobs": None}
        | {"extra_body": dict(_READ_ALONG)}
    )
    tails: list[list[tuple[str, float]]] = []
    input_tokens = 0
    for option in options:
        reply = ChatMessageAssistant(content=continuation(messages[-1].text, option))
        output = _output(await ask([*messages[:-1], reply], reading))
        tails.append(_prompt_tail(output))
        input_tokens += output.usage.input_tokens if output.usage else 0
    try:
        lengths = tail_lengths([[token for token, _ in tail] for tail in tails], options)
    except ValueError as error:
        raise WorkError(
            f"the tokens of the server's prompt_logprobs do not spell the options ({error})"
        ) from error
    found = [
        scored(option, [logprob for _, logprob in tail[-length:]])
        for option, tail, length in zip(options, tails, lengths, strict=True)
    ]
    return scores_output(model, found, input_tokens)


def _output(result: Any) -> ModelOutput:
    found = result[0] if isinstance(result, tuple) else result
    if isinstance(found, Exception):
        raise found
    assert isinstance(found, ModelOutput)
    check_reply(found)
    return found


def _prompt_tail(output: ModelOutput) -> list[tuple[str, float]]:
    """The last tokens of the prompt, each with its log probability."""
    logprobs = output.choices[0].prompt_logprobs
    if logprobs is None:
        raise WorkError("the server tells no prompt_logprobs, which --read options needs: leave --read out")
    return [(one.token, one.logprob) for one in logprobs.content[-_ROOM:]]
