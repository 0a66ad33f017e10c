"""The decoding rule: a step's candidates are scored by the probability mass of their neighbours.

Pure tensor code: any device and float type, no host synchronisation, no branch on data. `reference.py` says
the same in plain Python, and the tests hold this file to it.
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
CACHED = 1 << 19  # floats of one pass over a large batch on a processor: what its cache holds


class Status(IntEnum):
    """What became of a row: left alone (off), decided (fired), given back (deferred or invalid)."""

    OFF = 0
    FIRED = 1
    DEFERRED = 2
    INVALID = 3


class Neighbors(Protocol):
    """What the rule needs of a table: `NeighborTable`, or one that fills its rows as they are met."""

    @property
    def content(self) -> Tensor:
        """(V,) bool, True where a token is content."""

    @property
    def vocab_size(self) -> int:
        """V."""

    def rows(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Ids (..., k) and weights (..., k) of the neighbours of `tokens` (...)."""


@dataclass(frozen=True, slots=True, eq=False)
class RowInfo:
    """What the rule did, a row; each tensor has shape (B,) and lies where the logits do.

    Attributes:
        status: int8, a `Status`.
        choice: int64, the token decided on; -1 where none was, or where the engine has yet to draw it.
        greedy: int64, the token of the highest logit; -1 in an invalid row.
        candidates: int64, how many tokens were scored.
        mass_moved: float32 in [0, 1], the total variation distance between the candidates' probabilities and
            their scores, each made to sum to one (ours): 0 where neighbours change nothing, and in a row that
            did not fire.
    """

    status: Tensor
    choice: Tensor
    greedy: Tensor
    candidates: Tensor
    mass_moved: Tensor

    @property
    def fired(self) -> Tensor:
        """(B,) bool: the rule decided the row, or gave its log-shares."""
        return self.status == Status.FIRED

    @property
    def deferred(self) -> Tensor:
        """(B,) bool: a candidate is no content token."""
        return self.status == Status.DEFERRED

    @property
    def invalid(self) -> Tensor:
        """(B,) bool: NaN, +inf, or nothing finite."""
        return self.status == Status.INVALID

    @property
    def off(self) -> Tensor:
        """(B,) bool: the row does not use the rule."""
        return self.status == Status.OFF

    @property
    def flipped(self) -> Tensor:
        """(B,) bool: the row was decided, and not for the token of the highest logit."""
        return (self.choice >= 0) & (self.choice != self.greedy)


def rescore(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None = None,
    *,
    engine_temperature: float | Tensor = 1.0,
) -> Tensor:
    """One decoding step of the rule: `rescore_with_info` without its second result."""
    return _step(logits, table, settings, noise, engine_temperature, told=False)[0]


def rescore_with_info(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None = None,
    *,
    engine_temperature: float | Tensor = 1.0,
) -> tuple[Tensor, RowInfo]:
    """One decoding step of the rule.

    Args:
        logits: (B, V) floats, raw, -inf where a token is ruled out. Never changed.
        table: neighbours of at least V tokens, on the device of the logits.
        settings: for all rows, or one a row (`SemanticSampling.stack`).
        noise: (B,) numbers in [0, 1) with which the stochastic modes draw; None leaves the draw to the
            engine.
        engine_temperature: what an engine will divide by before it draws, a number or (B,). Log-shares are
            multiplied by it, so that the division gives them back; it plays no part in decided rows.

    Returns:
        A new (B, V) tensor of the logits' type, and what was done. A decided row is 0 at the choice and -inf
        elsewhere; a row of a stochastic mode without noise holds log-shares on the candidates and -inf
        elsewhere; every other row is the input's, bit for bit.

    Raises:
        TableError: the table is narrower than the logits or on another device.
        SettingsError: settings or noise are for another number of rows.
        TypeError: the logits are no floats.
        ValueError: the logits have another shape than (B, V).
    """
    out, info = _step(logits, table, settings, noise, engine_temperature, told=True)
    assert info is not None
    return out, info


def _step(
    logits: Tensor,
    table: Neighbors,
    settings: SemanticSampling | SettingsBatch,
    noise: Tensor | None,
    engine_temperature: float | Tensor,
    *,
    told: bool,
) -> tuple[Tensor, RowInfo | None]:
    """The step, and where it is told of, what was done: a dozen small operations that servers do without."""
    _check(logits, table, noise)
    s = resolve(settings, logits.shape[0], logits.device)
    x = logits.float()
    values, ids = top_entries(x, s.max_m)
    peak = values[:, :1]
    total = _total(x, peak, s)
    valid = total.isfinite()  # NaN, +inf, and a row of nothing but -inf each make it NaN

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

    if not told:
        return out, None
    choice = ids.gather(1, place).masked_fill(~fired, -1)
    if noise is None and s.modes != ("argmax",):
        choice = torch.full_like(choice, -1) if drawn is None else choice.masked_fill(drawn, -1)
    status = torch.where(valid, Status.DEFERRED, Status.INVALID).masked_fill(fired, Status.FIRED)
    if s.on is not None:
        status = status.masked_fill(~s.on, Status.OFF)
    return out, RowInfo(
        status=status.squeeze(1).to(torch.int8),
        choice=choice.squeeze(1),
        greedy=ids[:, :1].masked_fill(~valid, -1).squeeze(1),
        candidates=candidate.sum(1),
        mass_moved=_mass_moved(p, score, candidate & fired),
    )


def _exp(x: Tensor, peak: Tensor, s: Resolved) -> Tensor:
    """exp((x - peak) / temperature): the softmax before its division, safe from overflow."""
    return (x - peak).div_(s.temperature).exp_()


def _total(x: Tensor, peak: Tensor, s: Resolved) -> Tensor:
    """(B, 1): the sum of `_exp` over a row.

    By blocks of fixed width, so that a row's sum does not hinge on the rows beside it; on a processor a large
    batch is taken in pieces that its cache holds.
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
    """(B, M) float32: each candidate's own mass, and that of its neighbours by weight."""
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
    # Candidates stand by p and then by id: of those that tie, the first is the choice.
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
        raise SettingsError(f"noise has shape {tuple(noise.shape)}, expected ({rows},): one number a row")
