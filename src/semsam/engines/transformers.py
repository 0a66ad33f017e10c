"""Semantic sampling in `model.generate` of transformers.

Example::

    attached = attach(model, tokenizer, SemanticSampling(temperature=0.5))
    model.generate(**attached.arguments(**inputs, max_new_tokens=64, do_sample=False))
    attached.statistics.summary()

The rule acts where custom processors do: after penalties and constraints, before temperature, top-k and
top-p. These cannot undo a step that the rule decided, and they decide the steps that it defers.
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

CUSTOM_GENERATE = str(Path(__file__).parent / "hub")  # the argument custom_generate of `generate`


@dataclass(frozen=True, slots=True, eq=False)
class Attached:
    """A model with the rule: what to pass to `model.generate`, and what the rule did there.

    Attributes:
        model: The model.
        processor: The rule as a logits processor.
    """

    model: PreTrainedModel
    processor: SemanticLogitsProcessor

    @property
    def table(self) -> Neighbors:
        """Neighbours in use."""
        return self.processor.table

    @property
    def statistics(self) -> Statistics:
        """Statistics of all runs since `attach`, with a sequence for each row of each run."""
        return self.processor.statistics

    @property
    def generate_kwargs(self) -> dict[str, Any]:
        """`arguments` with the model's own generation configuration."""
        return self.arguments()

    def arguments(
        self,
        *,
        generation_config: GenerationConfig | None = None,
        logits_processor: Iterable[LogitsProcessor] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Return all arguments for `model.generate`, which then refuses whatever conflicts with the rule.

        Args:
            generation_config: Generation configuration; None is the model's own.
            logits_processor: Other processors, which act before the rule.
            **options: Any other arguments of `generate`: inputs, max_new_tokens, do_sample, streamer, ...

        Returns:
            The options with a configuration and a list of processors.
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
        self.processor.begin(ends, padding[0] if ends else -1)  # without end tokens nothing is padded


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
    """Attach the rule to a model, with its table built or read from the cache.

    Args:
        model: Any model that generates text.
        tokenizer: Its tokenizer, or a processor that has one.
        settings: Settings of the rule.
        k: Neighbours per token, counting the token itself.
        matrix: "input" or "output": the embedding to build the table from.
        policy: Content policy, see `semsam.content_mask`.
        table: Neighbours to use instead, or the file of a table; `k`, `matrix`, `policy` and `center` are
            then ignored.
        center: Whether to subtract the mean embedding first.
        control: Name of a control of `semsam.controls`; "none" uses the rule itself.
        cache: Whether to keep the table in the cache folder, by the hash of the embedding.
        lazy: Whether to compute neighbours as the prompts need them instead of building a table; the
            generated tokens are the same.
        seed: Seed of the control and of the stochastic modes. With None the control uses 0, and the modes use
            torch's global generator.

    Returns:
        The model with the rule.

    Raises:
        ModelError: The model holds no embedding that can be read.
        TableError: The given table belongs to another model.
        SettingsError: A control is combined with lazy neighbours, or does not exist.
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
            raise SettingsError(f"control {control!r} needs a whole table: leave out lazy")
        found = controlled(found, control, seed or 0)
    return Attached(model, SemanticLogitsProcessor(found, settings, seed=seed))
