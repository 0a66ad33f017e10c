"""One answer of a local model, with or without the rule."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer
from semsam.settings import SemanticSampling
from semsam.statistics import Summary

SAMPLER = {"do_sample": True, "temperature": 0.5, "top_p": 0.8, "top_k": 0}  # the default decoding
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
    """Answer a prompt with a local model.

    Args:
        model: Name of the model, see `semsam.loading`.
        prompt: Text of the user.
        settings: Settings of the rule; None decodes with the declared sampler alone.
        table: File of the neighbour table; None builds one.
        makings: How to build the table, as arguments of `semsam.engines.transformers.attach`.
        greedy: Whether the declared sampler takes the likeliest token. If not, it draws at temperature 0.5
            and top-p 0.8, without top-k. The sampler decides the steps that the rule does not.
        max_tokens: Maximum number of tokens to generate.
        raw: Whether to continue the prompt as it is. If not, the model's chat template is applied if it has
            one.
        seed: Seed of every draw.
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The text, and the rule's statistics (None without the rule).

    Raises:
        ModelError: The model cannot be loaded.
        TableError: The table cannot be read, or belongs to another model.
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
