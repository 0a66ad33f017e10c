"""The steps that the rule flipped or deferred, with their candidates, kept on the device of the logits.

Keeping a step does not wait for the device and copies no row of logits. Each sequence has room for a stated
number of steps of each kind; beyond it, the earliest ones make room and are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from semsam.rule import Candidates, Neighbors, RowInfo, Status, step
from semsam.settings import SemanticSampling, SettingsBatch

MOST_FLIPPED: Final = 256
"""Flipped steps that are kept of a sequence: the last ones."""
MOST_DEFERRED: Final = 64
"""Deferred steps that are kept of a sequence: the last ones."""
_WAITING: Final = 64
"""Steps that are collected before they are sorted, all at once; no more than either kind has room for."""


def rescore_with_candidates(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None = None,
    *,
    engine_temperature: float | Tensor = 1.0,
) -> tuple[Tensor, RowInfo, Candidates]:
    """Do what `rescore_with_info` does, and also return the candidates, for a `Trace`.

    Takes the same arguments and raises the same errors.

    Examples:
        >>> from semsam import NeighborTable, SemanticSampling
        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
        >>> _, info, candidates = rescore_with_candidates(logits, table, SemanticSampling(top_p=1.0))
        >>> candidates.ids.tolist(), [round(score, 2) for score in candidates.score[0].tolist()]
        ([[0, 1, 2]], [0.4, 0.55, 0.53])
    """
    out, info, candidates = step(logits, table, settings, noise, engine_temperature, with_info=True)
    assert info is not None
    return out, info, candidates


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that a step could choose.

    Attributes:
        token: Its id.
        p: Its probability at the rule's temperature, over all tokens.
        score: Its score; None at a deferred step, which uses no score.
    """

    token: int
    p: float
    score: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A flipped or deferred step.

    Attributes:
        position: Number of the step in its sequence, from 0.
        deferred: Whether the rule left the step to the sampler; it flipped the others.
        choice: The token that was taken.
        greedy: The token with the highest logit.
        candidates: The candidates, likeliest first.
    """

    position: int
    deferred: bool
    choice: int
    greedy: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a sequence that were kept, in order, and the number of those that were not."""

    steps: tuple[Step, ...]
    left_out: int


class Trace:
    """The flipped and deferred steps of one batch of sequences.

    Args:
        most_flipped: Flipped steps to keep of each sequence, at least 1.
        most_deferred: Deferred steps to keep of each sequence, at least 1.

    Examples:
        >>> from semsam import NeighborTable, SemanticSampling
        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
        >>> trace = Trace()
        >>> _, info, candidates = rescore_with_candidates(logits, table, SemanticSampling(top_p=1.0))
        >>> trace.add(info, candidates)
        >>> one = trace.sequences()[0].steps[0]
        >>> one.position, one.choice, one.greedy, len(one.candidates)
        (0, 1, 0, 3)
    """

    def __init__(self, most_flipped: int = MOST_FLIPPED, most_deferred: int = MOST_DEFERRED) -> None:
        self._rooms = (_Room(most_flipped), _Room(most_deferred))
        self._every = min(_WAITING, most_flipped, most_deferred)
        self._waiting: list[tuple[RowInfo, Candidates, Tensor, Tensor]] = []
        self._sorted = 0

    def add(
        self,
        info: RowInfo,
        candidates: Candidates,
        active: Tensor | None = None,
        *,
        token: Tensor | None = None,
    ) -> None:
        """Add one step of the batch.

        Args:
            info: Result of the step, with a row for each sequence.
            candidates: Candidates of the step; their number must not change between steps.
            active: (B,) bool, False for sequences that ended before this step; None counts all as active.
            token: (B,) int64, the tokens that were taken; None takes the rule's choices.
        """
        on = torch.ones_like(info.status, dtype=torch.bool) if active is None else active
        self._waiting.append((info, candidates, on, info.choice if token is None else token))
        if len(self._waiting) == self._every:
            self._sort()

    def sequences(self) -> list[Steps]:
        """Return the steps of each sequence; waits for the device once per tensor."""
        self._sort()
        flipped, deferred = (room.read() for room in self._rooms)
        return [
            Steps(
                tuple(sorted((*_steps(some, False), *_steps(others, True)), key=lambda one: one.position)),
                left_out + others_left_out,
            )
            for (some, left_out), (others, others_left_out) in zip(flipped, deferred, strict=True)
        ]

    def _sort(self) -> None:
        """Move the steps that wait into the rooms."""
        if not self._waiting:
            return
        infos, candidates, active, tokens = zip(*self._waiting, strict=True)
        self._waiting.clear()
        on, choice = torch.stack(active), torch.stack(tokens)  # (steps, B) each
        greedy = torch.stack([info.greedy for info in infos])
        status = torch.stack([info.status for info in infos])
        position = torch.arange(len(on), device=on.device).add_(self._sorted).unsqueeze(1).expand_as(on)
        count = torch.stack([info.candidates for info in infos])
        numbers = torch.cat(
            [
                torch.stack([position, choice, greedy, count], 2),
                torch.stack([one.ids for one in candidates]),
            ],
            2,
        ).to(torch.int32)
        shares = torch.cat([torch.stack([getattr(one, name) for one in candidates]) for name in _SHARES], 2)
        self._sorted += len(on)
        fired = (status == Status.FIRED) & on
        self._rooms[0].keep(fired & (choice >= 0) & (choice != greedy), numbers, shares)
        self._rooms[1].keep((status == Status.DEFERRED) & on, numbers, shares)


_SHARES: Final = ("p", "score")
_Read = list[tuple[list[tuple[list[int], list[float]]], int]]


class _Room:
    """Room for the last steps of one kind of each sequence, as a ring with one more cell for the others."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._numbers: Tensor | None = None
        self._shares: Tensor | None = None
        self._count: Tensor | None = None

    def keep(self, wanted: Tensor, numbers: Tensor, shares: Tensor) -> None:
        """Keep the wanted steps, no more of a sequence at a time than there is room.

        Args:
            wanted: (steps, B) bool.
            numbers: (steps, B, n) int32.
            shares: (steps, B, m) float32.
        """
        rows = wanted.shape[1]
        if self._numbers is None or self._shares is None or self._count is None:
            self._numbers = numbers.new_zeros(rows, self._most + 1, numbers.shape[2])
            self._shares = shares.new_zeros(rows, self._most + 1, shares.shape[2])
            self._count = torch.zeros(rows, dtype=torch.int64, device=wanted.device)
        place = (self._count + wanted.cumsum(0) - 1) % self._most
        place = place.masked_fill(~wanted, self._most).T  # (B, steps)
        row = torch.arange(rows, device=wanted.device).unsqueeze(1)
        self._numbers[row, place] = numbers.transpose(0, 1)
        self._shares[row, place] = shares.transpose(0, 1)
        self._count += wanted.sum(0)

    def read(self) -> _Read:
        """Return the numbers and shares of each sequence's steps, and how many were left out."""
        if self._numbers is None or self._shares is None or self._count is None:
            return []
        counts: Sequence[int] = self._count.tolist()
        largest = min(max(counts, default=0), self._most)
        numbers, shares = self._numbers[:, :largest].tolist(), self._shares[:, :largest].tolist()
        return [
            (list(zip(n[:count], s[:count], strict=True)), max(count - self._most, 0))
            for n, s, count in zip(numbers, shares, counts, strict=True)
        ]


def _steps(found: list[tuple[list[int], list[float]]], deferred: bool) -> list[Step]:
    made = []
    for (position, choice, greedy, count, *ids), shares in found:
        p, score = shares[: len(ids)], shares[len(ids) :]
        candidates = tuple(
            Candidate(token, p[at], None if deferred else score[at]) for at, token in enumerate(ids[:count])
        )
        made.append(Step(position, deferred, choice, greedy, candidates))
    return made
