"""The meaning of inspect_ai's call settings for local models."""

from inspect_ai.model import GenerateConfig

from misground.errors import UsageError
from misground.evaluation.providers.local.draws import Sampler

REFUSED = (
    "stop_seqs",
    "best_of",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "prompt_logprobs",
    "response_schema",
)


def sampler_of(config: GenerateConfig, min_p: float | None = None) -> Sampler:
    """Make the sampler of a call: temperature (None means 1; 0 is greedy) and top_p (None means 1), no top-k.

    Raises:
        UsageError: A value is out of range, or a setting that would change the reply is not supported.
    """
    given = [name for name in REFUSED if getattr(config, name)]
    if given:
        raise UsageError(f"{given[0]} is set, and local models do not support it: leave it out")
    if config.top_k is not None and config.top_k > 0:
        raise UsageError(f"top_k is {config.top_k}, and the declared sampler has no top-k: leave it out")
    if config.num_choices not in {None, 1}:
        raise UsageError(f"num_choices is {config.num_choices}, expected 1: use epochs for several replies")
    temperature = 1.0 if config.temperature is None else config.temperature
    top_p = 1.0 if config.top_p is None else config.top_p
    if not 0 <= temperature < float("inf"):
        raise UsageError(f"temperature is {temperature}, expected a number of at least 0")
    if not 0 < top_p <= 1:
        raise UsageError(f"top_p is {top_p}, expected a number above 0 and at most 1")
    return Sampler(float(temperature), float(top_p), min_p or 0.0)
