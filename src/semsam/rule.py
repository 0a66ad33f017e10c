"""The decoding rule: each step's candidates are scored by the probability mass of their neighbours.

Pure tensor code for any device and float type, without host synchronisation or branches on data. The module
`reference` states the same in plain Python, and the tests compare the two. The rule is from arXiv 2603.14579,
section on semantic sampling; `docs/semantic-sampling.md` describes it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import torch
from torch import Tensor

from semsam.errors import SettingsError, TableError
from semsam.selection import top_entries
from semsam.settings import MODES, Resolved, SemanticSampling, SettingsBatch, resolve

TIE = 1e-6
TINY = 1e-38
SUM_BLOCK = 1024
CACHED = 1 << 19  # floats of one pass over a large batch on a CPU: as many as its cache holds


class Status(IntEnum):
    """Outcome of a row.

    Attributes:
        OFF: The row does not use the rule.
        FIRED: The rule decided the row, or returned its log-shares.
        DEFERRED: A candidate is not a content token; the row is unchanged.
        INVALID: The row holds NaN or +inf, or nothing finite; it is unchanged.
    """

    OFF = 0
    FIRED = 1
    DEFERRED = 2
    INVALID = 3


class Neighbors(Protocol):
    """What the rule needs from a table; `NeighborTable` and `LazyNeighbors` have it."""

    @property
    def content(self) -> Tensor:
        """(V,) bool, True for content tokens."""

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return ids (..., k) and weights (..., k) of the neighbours of `tokens` (...)."""


@dataclass(frozen=True, slots=True, eq=False)
class RowInfo:
    """What the rule did to each row; tensors have shape (B,) and lie on the device of the logits.

    Attributes:
        status: int8, a `Status`.
        choice: int64, the token that the rule decided on; -1 if it decided none, or if the engine has yet to
            draw.
        greedy: int64, the token with the highest logit; -1 in an invalid row.
        candidates: int64, the number of candidates.
        mass_moved: float32 in [0, 1], the total variation distance between the candidates' probabilities and
            their scores, each normalised to sum to one (ours). 0 if neighbours change nothing, and in rows
            that did not fire.

    Examples:
        >>> from semsam import NeighborTable, SemanticSampling, rescore_with_info
        >>> ids, weights = [[0, 1], [1, 0], [-1, -1]], [[1, 0.5], [1, 0.5], [0, 0]]
        >>> table = NeighborTable(ids, weights, content=[True, True, False])
        >>> logits = torch.tensor([[0.9, 0.1, 0.0], [0.1, 0.0, 0.9]]).log()
        >>> _, info = rescore_with_info(logits, table, SemanticSampling())
        >>> info.fired.tolist(), info.deferred.tolist()
        ([True, False], [False, True])
        >>> info.choice.tolist(), info.greedy.tolist()
        ([0, -1], [0, 2])
    """

    status: Tensor
    choice: Tensor
    greedy: Tensor
    candidates: Tensor
    mass_moved: Tensor

    @property
    def fired(self) -> Tensor:
        """(B,) bool: the rule decided the row, or returned its log-shares."""
        return self.status == Status.FIRED

    @property
    def deferred(self) -> Tensor:
        """(B,) bool: a candidate is not a content token."""
        return self.status == Status.DEFERRED

    @property
    def invalid(self) -> Tensor:
        """(B,) bool: the row holds NaN or +inf, or nothing finite."""
        return self.status == Status.INVALID

    @property
    def off(self) -> Tensor:
        """(B,) bool: the row does not use the rule."""
        return self.status == Status.OFF

    @property
    def flipped(self) -> Tensor:
        """(B,) bool: the rule decided on a token other than the one with the highest logit."""
        return (self.choice >= 0) & (self.choice != self.greedy)


def rescore(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None = None,
    *,
    engine_temperature: float | Tensor = 1.0,
) -> Tensor:
    """Apply one decoding step of the rule to a batch of logits.

    Args:
        logits: (B, V) floats; never modified.
        table: Neighbours of at least V tokens, on the device of the logits.
        settings: Settings for all rows, or per row.
        noise: (B,) numbers in [0, 1) for the draws of the stochastic modes; None leaves the draw to the
            engine.
        engine_temperature: Temperature by which the engine divides afterwards, a number or (B,).

    Returns:
        A new (B, V) tensor. `rescore_with_info` describes it and the arguments in full, and also reports what
        was done.

    Raises:
        TableError: The table is narrower than the logits, or on another device.
        SettingsError: `settings` or `noise` has another number of rows.
        TypeError: The logits are not floats.
        ValueError: The logits do not have shape (B, V).

    Examples:
        Token 0 is the likeliest, but tokens 1 and 2 are neighbours and lend each other mass:

        >>> from semsam import NeighborTable, SemanticSampling, rescore
        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
        >>> rescore(logits, table, SemanticSampling())
        tensor([[-inf, 0., -inf]])

        With settings per row, None leaves a row unchanged:

        >>> batch = SemanticSampling.stack([SemanticSampling(), None])
        >>> out = rescore(logits.repeat(2, 1), table, batch)
        >>> out.argmax(1).tolist()
        [1, 0]
    """
    return step(logits, table, settings, noise, engine_temperature, with_info=False)[0]


def rescore_with_info(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None = None,
    *,
    engine_temperature: float | Tensor = 1.0,
) -> tuple[Tensor, RowInfo]:
    """Apply one decoding step of the rule to a batch of logits, and report what was done.

    Args:
        logits: (B, V) floats, raw, -inf for tokens that are ruled out; never modified.
        table: Neighbours of at least V tokens, on the device of the logits.
        settings: Settings for all rows, or per row (`SemanticSampling.stack`).
        noise: (B,) numbers in [0, 1) for the draws of the stochastic modes; None leaves the draw to the
            engine.
        engine_temperature: Temperature by which the engine divides before it draws, a number or (B,).
            Log-shares are multiplied by it, so that the division restores them; it does not affect decided
            rows.

    Returns:
        A new (B, V) tensor of the logits' type, and what was done. A decided row is 0 at the choice and -inf
        elsewhere. A row of a stochastic mode without noise holds log-shares at the candidates and -inf
        elsewhere. Every other row equals the input, bit for bit.

    Raises:
        TableError: The table is narrower than the logits, or on another device.
        SettingsError: `settings` or `noise` has another number of rows.
        TypeError: The logits are not floats.
        ValueError: The logits do not have shape (B, V).

    Examples:
        >>> from semsam import NeighborTable, SemanticSampling, rescore_with_info
        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
        >>> out, info = rescore_with_info(logits, table, SemanticSampling())
        >>> info.choice.item(), info.greedy.item(), info.flipped.item()
        (1, 0, True)

        The engine draws by itself from the shares of a stochastic mode:

        >>> drawing = SemanticSampling(mode="proportional")
        >>> out, info = rescore_with_info(logits, table, drawing)
        >>> out.exp()
        tensor([[0.2703, 0.3716, 0.3581]])
        >>> info.choice.item()
        -1
    """
    out, info, _ = step(logits, table, settings, noise, engine_temperature, with_info=True)
    assert info is not None
    return out, info


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What the rule decided from, row by row; tensors have shape (B, M) and lie on the device of the logits.

    Attributes:
        ids: int64, the tokens with the highest logits, highest first.
        p: float32, their probabilities at the rule's temperature.
        score: float32, their scores.
        chosen_from: bool, True for the candidates; always a prefix of the row.
    """

    ids: Tensor
    p: Tensor
    score: Tensor
    chosen_from: Tensor


def step(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None,
    engine_temperature: float | Tensor,
    *,
    with_info: bool,
) -> tuple[Tensor, RowInfo | None, Candidates]:
    """Do the step, with the arguments of `rescore_with_info`.

    Without `with_info`, a dozen small operations are skipped that servers do not need. The candidates are
    made anyway.
    """
    _check(logits, table, noise)
    s = resolve(settings, logits.shape[0], logits.device)
    x = logits.float()
    values, ids = top_entries(x, s.max_m)
    peak = values[:, :1]
    total = _total(x, peak, s)
    valid = total.isfinite()  # NaN, +inf, and a row of only -inf each make it NaN

    p = _exp(values, peak, s) / total
    position = torch.arange(ids.shape[1], device=x.device)
    before = torch.nn.functional.pad(p.cumsum(1)[:, :-1], (1, 0))
    enough = before < s.enough
    if isinstance(s.top_m, Tensor):
        enough = enough & (position < s.top_m)
    candidate = (enough | (position == 0)) & values.isfinite() & valid

    fired = valid & (table.content[ids] | ~candidate).all(1, keepdim=True)
    if s.on is not None:
        fired = fired & s.on

    score = _scores(x, peak, total, ids, table, s)
    place, log_shares = _decide(score, candidate, position, s, noise)
    outcome = torch.zeros_like(score).masked_fill(position != place, -torch.inf)
    drawn = None
    if noise is None and s.modes != ("argmax",):
        drawn = None if s.mode is None else s.mode != MODES.index("argmax")
        scaled = log_shares * _column(engine_temperature)
        outcome = scaled if drawn is None else torch.where(drawn, scaled, outcome)

    out = torch.where(fired, -torch.inf, logits)
    out.scatter_(1, ids, torch.where(fired, outcome.to(out.dtype), logits.gather(1, ids)))

    candidates = Candidates(ids, p, score, candidate)
    if not with_info:
        return out, None, candidates
    choice = ids.gather(1, place).masked_fill(~fired, -1)
    if noise is None and s.modes != ("argmax",):
        choice = torch.full_like(choice, -1) if drawn is None else choice.masked_fill(drawn, -1)
    status = torch.where(valid, Status.DEFERRED, Status.INVALID).masked_fill(fired, Status.FIRED)
    if s.on is not None:
        status = status.masked_fill(~s.on, Status.OFF)
    info = RowInfo(
        status=status.squeeze(1).to(torch.int8),
        choice=choice.squeeze(1),
        greedy=ids[:, :1].masked_fill(~valid, -1).squeeze(1),
        candidates=candidate.sum(1),
        mass_moved=_mass_moved(p, score, candidate & fired),
    )
    return out, info, candidates


def _exp(x: Tensor, peak: Tensor, s: Resolved) -> Tensor:
    """exp((x - peak) / temperature): the softmax before its division, safe from overflow."""
    return (x - peak).div_(s.temperature).exp_()


def _total(x: Tensor, peak: Tensor, s: Resolved) -> Tensor:
    """(B, 1): the sum of `_exp` over each row.

    Blocks have a fixed width, so a row's sum does not depend on the rows beside it. On a CPU, a large batch
    is processed in pieces that fit its cache.
    """
    batch, n = x.shape
    width = n
    if x.device.type == "cpu" and batch * n > CACHED:
        width = max(CACHED // batch // SUM_BLOCK, 1) * SUM_BLOCK
    sums = []
    for start in range(0, n, width):
        piece = _exp(x[:, start : start + width], peak, s)
        whole = piece.shape[1] // SUM_BLOCK
        sums.append(piece[:, : whole * SUM_BLOCK].view(batch, whole, SUM_BLOCK).sum(2))
        if whole * SUM_BLOCK < piece.shape[1]:
            sums.append(piece[:, whole * SUM_BLOCK :].sum(1, keepdim=True))
    return torch.cat(sums, 1).sum(1, keepdim=True)


def _scores(x: Tensor, peak: Tensor, total: Tensor, ids: Tensor, table: Neighbors, s: Resolved) -> Tensor:
    """(B, M) float32: each candidate's own mass, and the weighted mass of its neighbours."""
    vocab = x.shape[1]
    neighbor, weight = table.rows(ids)  # (B, M, k); unused cells: id -1, weight 0
    weight = weight.clamp(min=0)
    if table.vocab_size > vocab:
        weight = weight.masked_fill(neighbor >= vocab, 0)
    at = neighbor.clamp(0, vocab - 1).to(torch.int64).flatten(1)
    p = (_exp(x.gather(1, at), peak, s) / total).view(neighbor.shape)
    mass = weight * p
    around = mass[..., 1:].sum(2)
    return mass[..., 0] + (around if s.sign is None else around * s.sign)


def _decide(
    score: Tensor, candidate: Tensor, position: Tensor, s: Resolved, noise: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The place (B, 1) of the choice among the candidates, and the log-shares (B, M) of stochastic modes."""
    held = score.masked_fill(~candidate, -torch.inf)
    best = held.amax(1, keepdim=True)
    # Candidates are ordered by p and then by id: the first of those that tie is the choice.
    tied = (held >= best - TIE * best.abs()) & candidate
    last = position.shape[0] - 1
    place = position.masked_fill(~tied, last).amin(1, keepdim=True)
    log_shares = held
    for mode in s.modes:
        if mode == "argmax":
            continue
        utility = score if mode == "softmax" else score.clamp(min=TINY).log()
        shares = (utility / s.tau).masked_fill(~candidate, -torch.inf).log_softmax(1)
        here = None if s.mode is None else s.mode == MODES.index(mode)
        log_shares = shares if here is None else torch.where(here, shares, log_shares)
        if noise is not None:
            drawn = _draw(shares, position, noise)
            place = drawn if here is None else torch.where(here, drawn, place)
    return place, log_shares


def _draw(log_shares: Tensor, position: Tensor, noise: Tensor) -> Tensor:
    """The place (B, 1) at which the shares, summed in candidate order, first exceed the noise."""
    shares = log_shares.exp()
    last = position.masked_fill(shares == 0, 0).amax(1, keepdim=True)  # the sum may end a little below one
    passed = (shares.cumsum(1) <= _column(noise)).sum(1, keepdim=True)
    return torch.minimum(passed, last)


def _mass_moved(p: Tensor, score: Tensor, candidate: Tensor) -> Tensor:
    before = p.masked_fill(~candidate, 0)
    after = score.clamp(min=0).masked_fill(~candidate, 0)
    before = before / before.sum(1, keepdim=True).clamp(min=TINY)
    after = after / after.sum(1, keepdim=True).clamp(min=TINY)
    return (before - after).abs().sum(1) / 2


def _column(value: float | Tensor) -> float | Tensor:
    return value.reshape(-1, 1) if isinstance(value, Tensor) else value


def _check(logits: Tensor, table: Neighbors, noise: Tensor | None) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits are {logits.dtype}, expected floats")
    if logits.ndim != 2 or logits.shape[1] == 0:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, expected (batch_size, vocab_size)")
    rows, vocab = logits.shape
    if table.vocab_size < vocab:
        raise TableError(
            f"the table holds {table.vocab_size} tokens, the logits {vocab}: build the table from this model"
        )
    if table.content.device != logits.device:
        raise TableError(
            f"the table lies on {table.content.device}, the logits on {logits.device}: "
            "use table.to(logits.device)"
        )
    if noise is not None and noise.shape != (rows,):
        raise SettingsError(f"noise has shape {tuple(noise.shape)}, expected ({rows},): one number per row")
