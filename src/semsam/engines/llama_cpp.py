"""Semantic sampling in llama-cpp-python: GGUF models on a CPU, without transformers at each step.

Example::

    llm = Llama("model.gguf", n_ctx=2048)
    attached = attach(llm, SemanticSampling(temperature=0.5), table="table.safetensors")
    llm.create_completion(**attached.arguments(prompt="The liver lies", temperature=0.0))
    attached.statistics.summary()

llama-cpp-python calls its processors before everything else: before penalties, the grammar, top-k, top-p,
min-p and the temperature. A decided row leaves one finite logit, so these cannot change it; they decide the
steps that the rule defers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
import numpy.typing as npt
import torch

from semsam.controls import control as controlled
from semsam.engines.model_table import named_table
from semsam.errors import SettingsError
from semsam.rule import Neighbors, rescore_with_info
from semsam.settings import SemanticSampling
from semsam.statistics import Statistics
from semsam.table import NeighborTable

__all__ = ["Attached", "SemanticLogitsProcessor", "attach"]

DEFAULT = SemanticSampling()
Scores = npt.NDArray[np.float32]
Processor = Callable[[npt.NDArray[np.intc], Scores], Scores]

# Arguments that cannot be combined with the rule, and why.
GRAMMAR = "a grammar acts after the rule and cannot bring back a token that a decided step left out"
REFUSED = {
    "grammar": GRAMMAR,
    "response_format": GRAMMAR,
    "tools": GRAMMAR,
    "functions": GRAMMAR,
    "mirostat_mode": "mirostat measures the spread of the candidates, and a decided step leaves only one",
    "logit_bias": (
        "llama-cpp-python drops every logits processor when it is given one; "
        "pass a processor that adds the bias in logits_processor, which acts before the rule"
    ),
}


class Llama(Protocol):
    """What is used of `llama_cpp.Llama`."""

    model_path: str

    def n_vocab(self) -> int:
        """Return V, the number of tokens that the model scores."""


class SemanticLogitsProcessor:
    """The rule as a logits processor of llama-cpp-python: `LogitsProcessorList([processor])`.

    `attach` is the best way to get one, because it checks the table first. llama-cpp-python calls processors
    from C, where Python prints an exception and continues, so a step that fails is left to the sampler. The
    exception is kept in `error`.

    Args:
        table: Neighbours of the model's tokens.
        settings: Settings of the rule.
        seed: Seed of the stochastic modes; the generator continues from run to run. None uses torch's global
            generator.
        vocab_size: Number of tokens that the model scores; None checks the table at the first step only.

    Attributes:
        statistics: What the rule did, with a sequence for each `begin`.
        error: What a step raised; None if none did.

    Raises:
        TableError: The table holds fewer tokens than the model scores.

    Examples:
        Token 0 is the likeliest, but tokens 1 and 2 are neighbours and lend each other mass:

        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> processor = SemanticLogitsProcessor(table, SemanticSampling())
        >>> processor(np.array([0], np.intc), np.log(np.array([0.4, 0.35, 0.25], np.single)))
        array([-inf,   0., -inf], dtype=float32)
    """

    def __init__(
        self,
        table: Neighbors,
        settings: SemanticSampling = DEFAULT,
        *,
        seed: int | None = None,
        vocab_size: int | None = None,
    ) -> None:
        if vocab_size is not None and isinstance(table, NeighborTable):
            table.check_model(vocab_size=vocab_size)
        self.table = table
        self.settings = settings
        self.statistics = Statistics()
        self.error: Exception | None = None
        self._generator = None if seed is None else torch.Generator().manual_seed(seed)
        self._begun = False

    def begin(self) -> None:
        """Open a run: the next step is the first one of a new sequence of the statistics."""
        self._begun = False

    def __call__(self, input_ids: npt.NDArray[np.intc], scores: Scores) -> Scores:  # noqa: ARG002
        """Apply one step.

        Args:
            input_ids: (L,) the tokens so far; the rule does not need them.
            scores: (V,) the raw logits; not modified.

        Returns:
            A new (V,) array.

        Raises:
            TableError: The table is narrower than the scores.
        """
        try:
            return self._step(scores)
        except Exception as error:
            self.error = error
            raise

    def _step(self, scores: Scores) -> Scores:
        row = torch.from_numpy(np.array(scores, dtype=np.float32)).unsqueeze(0)  # llama's array has strides
        noise = None if self.settings.mode == "argmax" else torch.rand(1, generator=self._generator)
        row, info = rescore_with_info(row, self.table, self.settings, noise)
        if not self._begun:
            self.statistics.begin(1)
            self._begun = True
        self.statistics.add(info)
        return row[0].numpy()


@dataclass(frozen=True, slots=True, eq=False)
class Attached:
    """A model with the rule: what to pass to its methods, and what the rule did there.

    Attributes:
        processor: The rule as a logits processor.
    """

    processor: SemanticLogitsProcessor

    @property
    def table(self) -> Neighbors:
        """Neighbours in use."""
        return self.processor.table

    @property
    def statistics(self) -> Statistics:
        """Statistics of all runs since `attach`, with a sequence for each run.

        Raises:
            Exception: What a step raised, if one did; llama-cpp-python itself only prints it.
        """
        if self.processor.error is not None:
            raise self.processor.error
        return self.processor.statistics

    def arguments(self, *, logits_processor: Iterable[Processor] = (), **options: Any) -> dict[str, Any]:
        """Return all arguments for a completion of `llama_cpp.Llama`, and open a run.

        Args:
            logits_processor: Other processors, which act before the rule.
            **options: Any other arguments of `create_completion`, `create_chat_completion` or `generate`.

        Returns:
            The options with a list of processors.

        Raises:
            SettingsError: An option cannot be combined with the rule.
        """
        for name, reason in REFUSED.items():
            if options.get(name):
                raise SettingsError(f"semantic sampling refuses {name}: {reason}")
        self.processor.begin()
        return {**options, "logits_processor": _Processors([*(logits_processor or ()), self.processor])}


class _Processors(list[Processor]):
    """Processors in order. llama-cpp-python extends the list by a bias and then goes without the list."""

    def extend(self, _: Iterable[Processor]) -> NoReturn:
        raise SettingsError(f"semantic sampling refuses logit_bias: {REFUSED['logit_bias']}")


def attach(
    llm: Llama,
    settings: SemanticSampling = DEFAULT,
    *,
    table: Neighbors | str | Path | None = None,
    control: str = "none",
    seed: int | None = None,
    **makings: Any,
) -> Attached:
    """Attach the rule to a model of llama-cpp-python.

    Args:
        llm: A `llama_cpp.Llama`.
        settings: Settings of the rule.
        table: Neighbours, or a file that `semsam build` wrote for this GGUF file or for the model that it was
            made from. With None the table is built from the embedding in the GGUF file and kept in the cache
            folder, which takes `misground[hf]`.
        control: Name of a control of `semsam.controls`; "none" uses the rule itself.
        seed: Seed of the control and of the stochastic modes. With None the control uses 0, and the modes use
            torch's global generator.
        **makings: How to build the table: k, matrix, policy, center, cache, as for
            `semsam.engines.transformers.attach`.

    Returns:
        The model with the rule.

    Raises:
        ModelError: The GGUF file cannot be read, or a package that this takes is not installed.
        TableError: The table is damaged, or holds fewer tokens than the model scores.
        SettingsError: The control does not exist, or needs a whole table.
    """
    if table is None:
        table = named_table(llm.model_path, **makings)
    found = NeighborTable.load(table) if isinstance(table, str | Path) else table
    if control != "none":
        if not isinstance(found, NeighborTable):
            raise SettingsError(f"control {control!r} needs a whole table: leave out lazy neighbours")
        found = controlled(found, control, seed or 0)
    return Attached(SemanticLogitsProcessor(found, settings, seed=seed, vocab_size=llm.n_vocab()))
