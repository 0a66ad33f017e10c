"""The last word in `generate`: it decides the token of every row, by the rule or by the declared sampler."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LogitsProcessor

from misground.evaluation.providers.local.draws import Noise, Sampler, draw
from semsam import SemanticSampling, Statistics, Summary, rescore_with_info
from semsam.rule import Neighbors


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Semantic sampling as it is in use: its neighbours, on the device of the logits, and its settings."""

    table: Neighbors
    settings: SemanticSampling


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence: the seed of its draws, and how many tokens it may have."""

    seed: int
    budget: int


class RowDecoder(LogitsProcessor):
    """For one run of `generate` with do_sample=False: rows of 0 at the token and -inf elsewhere.

    A row and step has one uniform number, with which the rule's stochastic modes draw where the rule fires,
    and the sampler where it does not. So a row's tokens hinge on its own logits and seed alone, and runs with
    and without the rule draw with the same numbers.

    Args:
        rows: of the batch, in order.
        sampler: of the steps that no rule decides.
        ends: the tokens after which a sequence has ended.
        rule: None: the sampler alone.
    """

    def __init__(
        self, rows: Sequence[Row], sampler: Sampler, ends: Sequence[int], rule: Rule | None = None
    ) -> None:
        self.statistics = Statistics()
        self._noise = Noise([row.seed for row in rows])
        self._budgets = torch.tensor([row.budget for row in rows])
        self._sampler, self._rule = sampler, rule
        self._ends = torch.tensor(list(ends), dtype=torch.long)
        self._ended = torch.zeros(len(rows), dtype=torch.bool)
        self._broken = torch.zeros(len(rows), dtype=torch.bool)
        self._step = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """One step: (B, L) ids and (B, V) scores to (B, V) scores, a new tensor."""
        if self._step == 0:
            self._to(scores.device)
        active = ~self._ended & (self._budgets > self._step)
        noise = self._noise.next(scores.device)
        token, valid = draw(scores, self._sampler, noise)
        if self._rule is not None:
            _, info = rescore_with_info(scores, self._rule.table, self._rule.settings, noise)
            token = torch.where(info.choice >= 0, info.choice, token)
            self.statistics.add(info, active, token=token)
        self._broken |= active & ~valid
        active = active & ~self._broken
        if self._ends.numel():  # a row that may go no further ends, so that `generate` does when all have
            token = torch.where(active, token, self._ends[0])
        self._ended = ~active | torch.isin(token, self._ends)
        self._step += 1
        return torch.full_like(scores, -torch.inf).scatter_(1, token.unsqueeze(1), 0.0)

    def broken(self) -> list[bool]:
        """Whether a row's logits held NaN, +inf or nothing finite before it ended."""
        return [bool(row) for row in self._broken.tolist()]

    def counts(self) -> list[Summary] | None:
        """What the rule did in each row; None without a rule."""
        return None if self._rule is None else self.statistics.sequences()

    def _to(self, device: torch.device) -> None:
        self._budgets, self._ends = self._budgets.to(device), self._ends.to(device)
        self._ended, self._broken = self._ended.to(device), self._broken.to(device)
