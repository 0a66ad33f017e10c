"""Semantic sampling in the continuous batching of transformers, mode argmax.

transformers makes the processors of continuous batching from the generation configuration alone: what is
passed as `logits_processor` never reaches it. So the rule enters through the manager, before it starts.

A step has one row for each sequence that gets a token, and the number and the order of rows change from step
to step. The rule needs nothing but the row itself, so each sequence is decoded as if it were alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import transformers
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor

from semsam.engines.transformers import Attached
from semsam.errors import SemsamError, SettingsError
from semsam.rule import rescore
from semsam.settings import SemanticSampling
from semsam.table import NeighborTable

if TYPE_CHECKING:
    from transformers import ContinuousBatchingConfig
    from transformers.generation.continuous_batching import ContinuousBatchingManager

PAUSE = 1.0  # seconds between two looks at whether the generation thread still runs


class BatchedRule(LogitsProcessor):
    """The rule without memory: rows may belong to other sequences at each step. Nothing is counted.

    Args:
        table: Neighbours, on the device of the logits.
        settings: Settings of the rule, in mode argmax.
    """

    supports_continuous_batching = True

    def __init__(self, table: NeighborTable, settings: SemanticSampling) -> None:
        self.table = table
        self.settings = settings

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002
        """Return the rescored rows (R, V); the tokens before them are not needed."""
        return rescore(scores, self.table, self.settings)


def add_rule(manager: "ContinuousBatchingManager", attached: Attached) -> None:
    """Add the rule to a manager that has not started, before its temperature, top-k and top-p.

    Args:
        manager: Result of `model.init_continuous_batching`.
        attached: The rule, from `semsam.engines.transformers.attach`.

    Raises:
        SettingsError: The mode draws, the neighbours are computed lazily, the manager has started, or this
            version of transformers keeps its processors elsewhere.
    """
    settings, table = attached.processor.settings, attached.table
    if settings.mode != "argmax":
        raise SettingsError(
            f"mode is {settings.mode!r}, which continuous batching cannot draw with a seed: "
            "expected 'argmax', or use model.generate"
        )
    if not isinstance(table, NeighborTable):
        raise SettingsError("continuous batching needs a whole table: leave out lazy")
    if manager.batch_processor is not None or manager.is_running():
        raise SettingsError("the manager of continuous batching has started: add the rule before start()")
    processors = getattr(manager, "logit_processor", None)
    if processors is None or not hasattr(processors, "logits_processor"):
        raise SettingsError(
            f"the continuous batching of transformers {transformers.__version__} is not known: "
            "expected 5.24, or a later version of the same interface"
        )
    names = [type(one).__name__ for one in processors.logits_processor]
    place = next((at for at, name in enumerate(names) if name.endswith("LogitsWarper")), len(names))
    processors.logits_processor.insert(place, BatchedRule(table.to(manager.model.device), settings))
    processors.do_processing = True


@contextmanager
def continuous_batching(
    attached: Attached,
    generation_config: GenerationConfig | None = None,
    continuous_batching_config: "ContinuousBatchingConfig | None" = None,
) -> "Iterator[ContinuousBatchingManager]":
    """Run a manager with the rule: `add_request`, `get_result` and so on are its own.

    Args:
        attached: The model with the rule.
        generation_config: Generation configuration; None is the model's own.
        continuous_batching_config: How to batch; None is transformers' default.

    Yields:
        The manager, started. It is stopped and destroyed at the end.

    Raises:
        SettingsError: As for `add_rule`.
    """
    model: Any = attached.model
    manager = model.init_continuous_batching(
        generation_config=generation_config, continuous_batching_config=continuous_batching_config
    )
    add_rule(manager, attached)
    manager.start()
    try:
        yield manager
    finally:
        manager.stop(block=True)
        manager.destroy()


def generate_batch(
    attached: Attached,
    inputs: Sequence[Sequence[int]],
    *,
    max_new_tokens: int | None = None,
    generation_config: GenerationConfig | None = None,
    continuous_batching_config: "ContinuousBatchingConfig | None" = None,
) -> list[list[int]]:
    """Continue prompts of any lengths with the rule, by continuous batching.

    Args:
        attached: The model with the rule.
        inputs: Tokens of each prompt, without padding.
        max_new_tokens: Maximum number of tokens to generate per prompt; None asks the configuration.
        generation_config: Generation configuration; None is the model's own.
        continuous_batching_config: How to batch; None is transformers' default.

    Returns:
        The new tokens of each prompt, in the order of the inputs.

    Raises:
        SettingsError: As for `add_rule`, or the configuration asks for several sequences per prompt.
        SemsamError: transformers could not continue a prompt.
    """
    config = generation_config or attached.model.generation_config
    if (config.num_return_sequences or 1) != 1:
        raise SettingsError("num_return_sequences is above 1: pass each prompt as often as you need it")
    done: dict[str, Any] = {}
    with continuous_batching(attached, generation_config, continuous_batching_config) as manager:
        names = manager.add_requests([list(one) for one in inputs], max_new_tokens=max_new_tokens)
        while len(done) < len(names):
            result = manager.get_result(timeout=PAUSE)
            if result is not None and result.is_finished():
                done[result.request_id] = result
            elif result is None and not manager.is_running():
                break
    for at, name in enumerate(names):
        error = "the generation stopped" if name not in done else done[name].error
        if error is not None:
            raise SemsamError(f"continuous batching failed at prompt {at}: {error}")
    return [done[name].generated_tokens for name in names]
