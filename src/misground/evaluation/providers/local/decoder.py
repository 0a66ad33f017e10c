"""A logits processor that chooses the token of every row, by the rule or by the declared sampler."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LogitsProcessor

from misground.evaluation.providers.local.draws import Noise, Sampler, draw
from semsam import SemanticSampling, Statistics, Summary
from semsam.rule import Neighbors
from semsam.trace import Steps, Trace, rescore_with_candidates


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Semantic sampling in use.

    Attributes:
        table: Neighbours of the tokens, on the device of the logits.
        settings: Settings of the rule.
        traced: Whether to keep the steps that the rule flips or defers.
    """

    table: Neighbors
    settings: SemanticSampling
    traced: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence of a batch: the seed of its draws, and its maximum number of tokens."""

    seed: int
    budget: int


class RowDecoder(LogitsProcessor):
    """The decoder of one call of `generate` with do_sample=False.

    Each row and step has one uniform number. The stochastic modes of the rule draw with it where the rule
    fires, and the sampler elsewhere. So the tokens of a row depend only on its own logits and seed, and runs
    with and without the rule draw with the same numbers.

    Args:
        rows: Sequences of the batch, in order.
        sampler: Sampler for the steps that the rule does not decide.
        ends: Tokens that end a sequence.
        rule: The rule; None for the sampler alone.
    """

    def __init__(
        self, rows: Sequence[Row], sampler: Sampler, ends: Sequence[int], rule: Rule | None = None
    ) -> None:
        self.statistics = Statistics()
        self._trace = Trace() if rule is not None and rule.traced else None
        self._noise = Noise([row.seed for row in rows])
        self._budgets = torch.tensor([row.budget for row in rows])
        self._sampler, self._rule = sampler, rule
        self._ends = torch.tensor(list(ends), dtype=torch.long)
        self._ended = torch.zeros(len(rows), dtype=torch.bool)
        self._broken = torch.zeros(len(rows), dtype=torch.bool)
        self._step = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Choose the tokens of one step.

        Args:
            input_ids: (B, L) tokens so far.
            scores: (B, V) logits.

        Returns:
            (B, V) scores, a new tensor: 0 at the chosen token, -inf elsewhere.
        """
        if self._step == 0:
            self._to(scores.device)
        active = ~self._ended & (self._budgets > self._step)
        noise = self._noise.next(scores.device)
        token, valid = draw(scores, self._sampler, noise)
        if self._rule is not None:
            _, info, candidates = rescore_with_candidates(
                scores, self._rule.table, self._rule.settings, noise
            )
            token = torch.where(info.choice >= 0, info.choice, token)
            self.statistics.add(info, active, token=token)
            if self._trace is not None:
                self._trace.add(info, candidates, active, token=token)
        self._broken |= active & ~valid
        active = active & ~self._broken
        if self._ends.numel():  # end the rows that must stop, so that `generate` returns once all have
            token = torch.where(active, token, self._ends[0])
        self._ended = ~active | torch.isin(token, self._ends)
        self._step += 1
        return torch.full_like(scores, -torch.inf).scatter_(1, token.unsqueeze(1), 0.0)

    def broken(self) -> list[bool]:
        """Return, for each row, whether its logits held NaN, +inf or nothing finite before it ended."""
        return [bool(row) for row in self._broken.tolist()]

    def counts(self) -> list[Summary] | None:
        """Return what the rule did in each row; None without a rule."""
        return None if self._rule is None else self.statistics.sequences()

    def steps(self) -> list[Steps] | None:
        """Return the steps that were kept of each row; None unless they are traced."""
        return None if self._trace is None else self._trace.sequences()

    def _to(self, device: torch.device) -> None:
        self._budgets, self._ends = self._budgets.to(device), self._ends.to(device)
        self._ended, self._broken = self._ended.to(device), self._broken.to(device)
