"""The rule as a logits processor of transformers that also knows which sequences have ended."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessor

from semsam.errors import SettingsError
from semsam.rule import Neighbors, rescore_with_info
from semsam.settings import SemanticSampling
from semsam.statistics import Statistics
from semsam.table import NeighborTable

DEFAULT = SemanticSampling()
NORMALISED = 1e-4  # largest distance from 0 of the log of a sum of probabilities


class SemanticLogitsProcessor(LogitsProcessor):
    """The rule as a logits processor of transformers.

    `attach` is the best way to pass it to `generate`: it opens each run (`begin`) and refuses what cannot be
    combined with the rule. The processor also works alone, but then it knows no end tokens, so it counts the
    steps of a finished sequence until all have ended, and it notices beam search only by its scores, at the
    first step.

    Args:
        table: Neighbours of the model's tokens; a `NeighborTable` is moved to the device of the logits.
        settings: Settings of the rule, for all rows.
        seed: Seed of the stochastic modes; the generator continues from run to run. None uses torch's global
            generator.

    Attributes:
        statistics: What the rule did in all runs.
    """

    def __init__(
        self, table: Neighbors, settings: SemanticSampling = DEFAULT, *, seed: int | None = None
    ) -> None:
        self.table = table
        self.settings = settings
        self.seed = seed
        self.statistics = Statistics()
        self._generator: torch.Generator | None = None
        self._opened: tuple[list[int], int] | None = None  # end tokens and padding of a new run
        self._expected: tuple[int, ...] | None = None  # shape of the ids at the next step of the run
        self._ends = self._ended = self._choice = torch.empty(0)
        self._padding = -1

    def begin(self, ends: Sequence[int] = (), padding: int = -1) -> None:
        """Open a run: the next step is the first one of new sequences.

        Args:
            ends: Tokens that end a sequence.
            padding: Token that is appended to sequences that have ended.
        """
        self._opened = list(ends), padding
        self._expected = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Apply one step.

        Args:
            input_ids: (B, L) int64, the tokens so far.
            scores: (B, V) floats; not modified.

        Returns:
            A new (B, V) tensor.

        Raises:
            SettingsError: The scores are those of a beam search.
            TableError: The table is narrower than the scores.
        """
        if self._expected == tuple(input_ids.shape):
            last = input_ids[:, -1]
            padded = (self._choice >= 0) & (last != self._choice) & (last == self._padding)
            self._ended |= torch.isin(last, self._ends) | padded
        else:
            self._start(scores)
        self._expected = (input_ids.shape[0], input_ids.shape[1] + 1)
        noise = None
        if self.settings.mode != "argmax":
            noise = torch.rand(scores.shape[0], device=scores.device, generator=self._generator)
        scores, info = rescore_with_info(scores, self.table, self.settings, noise)
        self.statistics.add(info, ~self._ended)
        self._choice = info.choice
        return scores

    def _start(self, scores: Tensor) -> None:
        if self._opened is None:
            _refuse_beams(scores)
            self._opened = [], -1
        (ends, self._padding), self._opened = self._opened, None
        device = scores.device
        self._ends = torch.tensor(ends, dtype=torch.long, device=device)
        self._ended = torch.zeros(scores.shape[0], dtype=torch.bool, device=device)
        self.statistics.begin(scores.shape[0], device)
        if isinstance(self.table, NeighborTable) and self.table.content.device != device:
            self.table = self.table.to(device)
        if self.seed is not None and (self._generator is None or self._generator.device != device):
            self._generator = torch.Generator(device).manual_seed(self.seed)


def _refuse_beams(scores: Tensor) -> None:
    """Beam search passes log-probabilities, which sum to one, while sampling passes logits."""
    total = scores.float().logsumexp(1)
    if scores.shape[0] > 1 and bool((total.abs() < NORMALISED).all()):
        raise SettingsError(
            "semantic sampling refuses log-probabilities of several rows, as beam search passes them: it "
            "compares beams by probability, and a decided step leaves only one. Set num_beams=1 (or call "
            "begin() first, if these rows are not beams)"
        )
