"""What `generate` of transformers must not do while the rule decides, refused before the first step.

A processor sees scores and no configuration, so it cannot tell beam search from sampling. `generate` asks its
configuration for the mode, once, with every argument merged into it: that is where this one answers.
"""

import copy
from collections.abc import Callable
from typing import Any

from transformers import GenerationConfig
from transformers.generation.configuration_utils import GenerationMode

from semsam.errors import SettingsError

ALLOWED = (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE)
BEAMS = "beam search compares continuations by their probability, of which a decided step leaves none"
REASONS = {
    GenerationMode.BEAM_SEARCH: f"{BEAMS}: set num_beams=1",
    GenerationMode.BEAM_SAMPLE: f"{BEAMS}: set num_beams=1",
    GenerationMode.GROUP_BEAM_SEARCH: f"{BEAMS}: set num_beams=1",
    GenerationMode.CONSTRAINED_BEAM_SEARCH: f"{BEAMS}: leave constraints and force_words_ids out",
    GenerationMode.ASSISTED_GENERATION: (
        "assisted generation verifies drafted tokens by their probability, of which a decided step leaves "
        "none: leave the assistant, prompt lookup and multi-token prediction out"
    ),
    GenerationMode.CONTRASTIVE_SEARCH: "contrastive search decides tokens itself: leave penalty_alpha out",
    GenerationMode.DOLA_GENERATION: "DoLa decides tokens itself: leave dola_layers out",
}


def guarded(config: GenerationConfig, begin: Callable[[GenerationConfig], None]) -> GenerationConfig:
    """A copy of a configuration with which `generate` refuses what cannot be combined with the rule.

    Args:
        config: whatever is None in it is filled in by `generate` from the model's own.
        begin: called with the final configuration when `generate` begins.
    """

    class Guarded(type(config)):  # type: ignore[misc]  # of the model's own kind of configuration
        def get_generation_mode(self, assistant_model: Any = None) -> GenerationMode:
            mode: GenerationMode = super().get_generation_mode(assistant_model)
            if mode not in ALLOWED:
                reason = REASONS.get(mode, "it is not known how the rule would act in it")
                raise SettingsError(f"semantic sampling refuses {mode.value.replace('_', ' ')}: {reason}")
            begin(self)
            return mode

        def update(self, *args: Any, **kwargs: Any) -> Any:
            if kwargs.get("cache_implementation") == "paged":
                raise SettingsError(
                    "semantic sampling refuses the paged cache: continuous batching drops logits processors"
                )
            return super().update(*args, **kwargs)

    copied = copy.deepcopy(config)
    copied.__class__ = Guarded
    return copied
