"""Refuse, before the first step, what `generate` of transformers must not do with the rule.

A processor sees scores but no configuration, so it cannot tell beam search from sampling. `generate` asks its
configuration for the mode once, with every argument merged into it; the configuration made here answers.
"""

import copy
from collections.abc import Callable
from typing import Any

from transformers import GenerationConfig
from transformers.generation.configuration_utils import GenerationMode

from semsam.errors import SettingsError

ALLOWED = (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE)
BEAMS = "beam search compares continuations by their probability, and a decided step leaves only one"
REASONS = {
    GenerationMode.BEAM_SEARCH: f"{BEAMS}: set num_beams=1",
    GenerationMode.BEAM_SAMPLE: f"{BEAMS}: set num_beams=1",
    GenerationMode.GROUP_BEAM_SEARCH: f"{BEAMS}: set num_beams=1",
    GenerationMode.CONSTRAINED_BEAM_SEARCH: f"{BEAMS}: leave out constraints and force_words_ids",
    GenerationMode.ASSISTED_GENERATION: (
        "assisted generation verifies drafted tokens by their probability, and a decided step leaves only "
        "one: leave out the assistant, prompt lookup and multi-token prediction"
    ),
    GenerationMode.CONTRASTIVE_SEARCH: "contrastive search chooses tokens itself: leave out penalty_alpha",
    GenerationMode.DOLA_GENERATION: "DoLa chooses tokens itself: leave out dola_layers",
}


def guarded(config: GenerationConfig, begin: Callable[[GenerationConfig], None]) -> GenerationConfig:
    """Copy a configuration so that `generate` refuses what cannot be combined with the rule.

    Args:
        config: Configuration to copy; `generate` fills in values of None from the model's own.
        begin: Called with the final configuration when `generate` begins.

    Returns:
        The copy, which raises SettingsError from inside `generate` for a mode that it refuses.
    """

    class Guarded(type(config)):  # type: ignore[misc]  # the model's own class of configuration
        def get_generation_mode(self, assistant_model: Any = None) -> GenerationMode:
            mode: GenerationMode = super().get_generation_mode(assistant_model)
            if mode not in ALLOWED:
                reason = REASONS.get(mode, "its effect is unknown, use greedy search or sampling")
                raise SettingsError(f"semantic sampling refuses {mode.value.replace('_', ' ')}: {reason}")
            begin(self)
            return mode

        def update(self, *args: Any, **kwargs: Any) -> Any:
            if kwargs.get("cache_implementation") == "paged":
                raise SettingsError(
                    "semantic sampling refuses the paged cache: generate passes no processors to continuous "
                    "batching, use semsam.engines.continuous_batching.generate_batch instead"
                )
            return super().update(*args, **kwargs)

    copied = copy.deepcopy(config)
    copied.__class__ = Guarded
    return copied
