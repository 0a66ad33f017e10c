"""Semantic sampling in `model.generate` of transformers.

    attached = attach(model, tokenizer, SemanticSampling(temperature=0.5))
    model.generate(**attached.arguments(**inputs, max_new_tokens=64, do_sample=False))
    attached.statistics.summary()

The rule acts where custom processors do: after penalties and constraints, before temperature, top-k, top-p.
These cannot undo a step that the rule decided; a deferred step is theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, PreTrainedModel

from semsam.content import Policy
from semsam.controls import control as controlled
from semsam.engines.generation import guarded
from semsam.engines.logits_processor import DEFAULT, SemanticLogitsProcessor
from semsam.engines.model_table import given_table, model_table
from semsam.errors import SettingsError
from semsam.loading import Matrix
from semsam.rule import Neighbors
from semsam.settings import SemanticSampling
from semsam.statistics import Statistics
from semsam.table import NeighborTable

__all__ = ["CUSTOM_GENERATE", "Attached", "SemanticLogitsProcessor", "attach"]

CUSTOM_GENERATE = str(Path(__file__).parent / "hub")  # for the argument custom_generate of `generate`


@dataclass(frozen=True, slots=True, eq=False)
class Attached:
    """A model with the rule: what to pass to `model.generate`, and what the rule did there."""

    model: PreTrainedModel
    processor: SemanticLogitsProcessor

    @property
    def table(self) -> Neighbors:
        """The neighbours in use."""
        return self.processor.table

    @property
    def statistics(self) -> Statistics:
        """Of all runs since `attach`, a sequence for each row of each run."""
        return self.processor.statistics

    @property
    def generate_kwargs(self) -> dict[str, Any]:
        """`arguments` with the model's own configuration of generation."""
        return self.arguments()

    def arguments(
        self,
        *,
        generation_config: GenerationConfig | None = None,
        logits_processor: Iterable[LogitsProcessor] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Everything to call `model.generate` with; it refuses there what cannot be combined with the rule.

        Args:
            generation_config: None: the model's own.
            logits_processor: others, which act before the rule.
            options: whatever else `generate` takes: inputs, max_new_tokens, do_sample, streamer, ...
        """
        config = guarded(generation_config or self.model.generation_config, self._begin)
        others: dict[str, Any] = config.update(**options)  # type: ignore[no-untyped-call]
        return {
            **others,
            "generation_config": config,
            "logits_processor": LogitsProcessorList([*(logits_processor or ()), self.processor]),
        }

    def _begin(self, config: GenerationConfig) -> None:
        ends = [] if config.eos_token_id is None else torch.as_tensor(config.eos_token_id).flatten().tolist()
        padding = ends[:1] if config.pad_token_id is None else [int(config.pad_token_id)]
        self.processor.begin(ends, padding[0] if ends else -1)  # nothing is padded where nothing ends


def attach(
    model: PreTrainedModel,
    tokenizer: Any,
    settings: SemanticSampling = DEFAULT,
    *,
    k: int = 32,
    matrix: Matrix = "input",
    policy: Policy = "added",
    table: Neighbors | str | Path | None = None,
    center: bool = False,
    control: str = "none",
    cache: bool = True,
    lazy: bool = False,
    seed: int | None = None,
) -> Attached:
    """The rule for one model, with its table: built, or read from the cache.

    Args:
        model: any that generates text.
        tokenizer: its tokenizer, or a processor that has one.
        settings: of the rule.
        k, matrix, policy, center: how to build the table (`semsam.build_table`, `semsam.content_mask`).
        table: this one instead, or the file that holds it; k, matrix, policy and center play no part then.
        control: of `semsam.controls`; "none" for the rule itself.
        cache: keep the table in the cache folder, by the hash of the embedding.
        lazy: build none, and find the neighbours of the tokens that a few prompts meet; the same ones.
        seed: of the control, and of the stochastic modes; None: 0, and torch's global generator.

    Raises:
        ModelError: the model holds no embedding that can be read.
        TableError: the given table is not one of this model.
    """
    found: Neighbors
    if table is None:
        tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
        makings: dict[str, Any] = {"k": k, "matrix": matrix, "policy": policy, "center": center}
        found = model_table(model, tokenizer, **makings, cache=cache, lazy=lazy)
    else:
        found = given_table(model, table)
    if control != "none":
        if not isinstance(found, NeighborTable):
            raise SettingsError(f"control {control!r} changes a whole table: leave lazy out")
        found = controlled(found, control, seed or 0)
    return Attached(model, SemanticLogitsProcessor(found, settings, seed=seed))
