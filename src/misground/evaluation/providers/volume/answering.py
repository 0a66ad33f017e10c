"""Generation of a reply to one question about one volume."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from transformers import LogitsProcessorList

from misground.errors import WorkError
from misground.evaluation.providers.local.decoder import Row, RowDecoder
from misground.evaluation.providers.local.draws import Sampler
from misground.evaluation.providers.local.generation import Reply, cut, generation_config
from misground.evaluation.providers.local.loading import Loaded
from misground.evaluation.providers.volume.adapter import VolumeAdapter
from misground.evaluation.providers.volume.grid import volume_of


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question about a stack.

    Attributes:
        frames: Pictures of the stack in display order.
        text: The prompt.
        seed: Seed of the draws.
        sampler: Sampler of the steps that the rule does not decide.
        max_tokens: Maximum number of tokens of the reply.
    """

    frames: Sequence[Image.Image]
    text: str
    seed: int
    sampler: Sampler
    max_tokens: int


def answer(loaded: Loaded, adapter: VolumeAdapter, question: Question) -> Reply:
    """Answer a question, drawing tokens as the local provider does.

    Args:
        loaded: The model.
        adapter: Its family.
        question: The question.

    Raises:
        WorkError: The prompt is too long, the stack does not fit the grid, or the logits are not numbers.
        Exception: Any error of transformers or torch.
    """
    start = time.perf_counter()
    model, config = loaded.model, loaded.model.config
    prompt = adapter.prompt(question.text, config)
    inputs = loaded.encoder.tokenizer(prompt, return_tensors="pt")["input_ids"].to(model.device)
    length = int(inputs.shape[1])
    room = question.max_tokens if loaded.context_length is None else loaded.context_length - length
    if room < 1:
        raise WorkError(
            f"the prompt has {length} tokens and leaves no room for a reply in the model's context of "
            f"{loaded.context_length} tokens: use a model with a longer context"
        )
    budget = min(question.max_tokens, room)
    decoder = RowDecoder([Row(question.seed, budget)], question.sampler, loaded.ends, loaded.rule)
    volume = volume_of(question.frames, adapter.grid(config)).unsqueeze(0).to(model.device, model.dtype)
    new = adapter.generate(
        model,
        volume,
        inputs,
        generation_config=generation_config(loaded, budget),
        logits_processor=LogitsProcessorList([decoder]),
    )
    if decoder.broken()[0]:
        raise WorkError("the logits of the model contain NaN or infinity: try another dtype")
    tokens = cut(new[0].tolist(), budget, loaded.ends)
    counts = decoder.counts()
    count = None if counts is None else counts[0]
    return Reply(
        text=loaded.encoder.decode(tokens),
        input_tokens=length,
        output_tokens=len(tokens),
        ended=bool(tokens) and tokens[-1] in loaded.ends,
        seconds=time.perf_counter() - start,
        fired=None if count is None else count.fired,
        deferred=None if count is None else count.deferred,
        flipped=None if count is None else count.flipped,
    )
