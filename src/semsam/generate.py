"""One answer of a local model, by either decoding."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer
from semsam.settings import SemanticSampling
from semsam.statistics import Summary

SAMPLER = {"do_sample": True, "temperature": 0.5, "top_p": 0.8, "top_k": 0}  # of the default decoding
GREEDY = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


def generate_text(
    model: str,
    prompt: str,
    settings: SemanticSampling | None,
    *,
    table: Path | None = None,
    makings: Mapping[str, Any] | None = None,
    greedy: bool = False,
    max_tokens: int = 64,
    raw: bool = False,
    seed: int = 0,
    trust_remote_code: bool = False,
) -> tuple[str, Summary | None]:
    """What a model answers, and what the rule did.

    Args:
        model: see `semsam.loading`.
        prompt: the user's words.
        settings: of the rule; None: the declared sampler alone.
        table, makings: a table in a file, or how to build one (`semsam.engines.transformers.attach`).
        greedy: the declared sampler takes the likeliest token; otherwise it draws at temperature 0.5 and
            top-p 0.8, without top-k. It decides where the rule does not.
        max_tokens: at most so many.
        raw: continue the prompt as it is; otherwise it is put into the chat template, where there is one.
        seed: of every draw.
        trust_remote_code: run code that comes with the model.

    Returns:
        The text, and the rule's statistics (None where settings is).
    """
    loaded = load_model(model, trust_remote_code=trust_remote_code)
    tokenizer = load_tokenizer(model, trust_remote_code=trust_remote_code)
    inputs: Any
    if raw or tokenizer.chat_template is None:
        inputs = tokenizer(prompt, return_tensors="pt")
    else:
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )
    options = {**inputs.to(loaded.device), **(GREEDY if greedy else SAMPLER), "max_new_tokens": max_tokens}
    torch.manual_seed(seed)
    if settings is None:
        out = loaded.generate(**options)  # type: ignore[operator]
        summary = None
    else:
        attached = attach(loaded, tokenizer, settings, table=table, seed=seed, **(makings or {}))
        out = loaded.generate(**attached.arguments(**options))  # type: ignore[operator]
        summary = attached.statistics.summary()
    text = tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return str(text), summary
