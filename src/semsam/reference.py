"""The rule in plain Python and float64, the oracle of the tests: slow and obvious."""

import math
from collections.abc import Sequence

from semsam.settings import SemanticSampling, enough_mass

Rows = Sequence[Sequence[float]]


def candidates(logits: Sequence[float], settings: SemanticSampling) -> tuple[list[int], list[float]] | None:
    """Find the candidates of one row.

    Args:
        logits: V numbers.
        settings: Settings of the rule.

    Returns:
        The candidates' ids, best first, and every token's probability; None for an invalid row.
    """
    finite = [token for token, logit in enumerate(logits) if math.isfinite(logit)]
    if not finite or any(math.isnan(logit) or logit == math.inf for logit in logits):
        return None
    peak = max(logits[token] for token in finite)
    mass = [math.exp((logit - peak) / settings.temperature) for logit in logits]
    p = [value / sum(mass) for value in mass]
    chosen: list[int] = []
    for token in sorted(finite, key=lambda token: (-logits[token], token))[: settings.top_m]:
        if chosen and sum(p[c] for c in chosen) >= enough_mass(settings.top_p):
            break
        chosen.append(token)
    return chosen, p


def scores(chosen: Sequence[int], p: Sequence[float], ids: Rows, weights: Rows, sign: int = 1) -> list[float]:
    """Score each candidate by its own mass and the weighted mass of its neighbours.

    Args:
        chosen: Ids of the candidates.
        p: V probabilities.
        ids: V rows of k neighbours, the token itself first.
        weights: V rows of k cosines.
        sign: 1 adds the neighbours' mass, -1 subtracts it.

    Returns:
        A score for each candidate.
    """
    near = [zip(ids[c], weights[c], strict=True) for c in chosen]
    mass = [[max(0.0, w) * p[int(i)] if 0 <= i < len(p) else 0.0 for i, w in pairs] for pairs in near]
    return [row[0] + sign * sum(row[1:]) for row in mass]


def choose(logits: Sequence[float], ids: Rows, weights: Rows, content: Sequence[bool],
           settings: SemanticSampling, noise: float | None = None) -> int | None:  # fmt: skip
    """Decide one row.

    Args:
        logits: V numbers, as float32 holds them.
        ids: V rows of k neighbours, the token itself first.
        weights: V rows of k cosines.
        content: V truth values.
        settings: Settings of the rule.
        noise: A number in [0, 1), needed by the stochastic modes.

    Returns:
        The token that the rule decides on; None if the row is deferred or invalid.

    Examples:
        Token 0 is the likeliest, but its neighbours lend token 1 more mass:

        >>> p = [0.4, 0.35, 0.25]
        >>> ids, weights = [[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]]
        >>> choose([math.log(mass) for mass in p], ids, weights, [True] * 3, SemanticSampling(top_p=1.0))
        1
    """
    found = candidates(logits, settings)
    if found is None or not all(content[c] for c in found[0]):
        return None
    chosen, p = found
    score = scores(chosen, p, ids, weights, settings.sign)
    if settings.mode == "argmax":
        return next(c for c, s in zip(chosen, score, strict=True) if s >= max(score) - 1e-6 * abs(max(score)))
    reached = 0.0
    for c, share in zip(chosen, shares(score, settings), strict=True):
        reached += share
        if noise is not None and reached > noise:
            return c
    return chosen[-1]


def shares(score: Sequence[float], settings: SemanticSampling) -> list[float]:
    """Return the share of draws that each candidate gets in a stochastic mode.

    Args:
        score: Scores of the candidates.
        settings: Settings of the rule, with mode "softmax" or "proportional".

    Examples:
        >>> shares([1.0, 3.0], SemanticSampling(mode="proportional"))
        [0.25, 0.75]
    """
    tau = settings.tau or 1.0
    if settings.mode == "softmax":
        weight = [math.exp((s - max(score)) / tau) for s in score]
    else:
        weight = [(s / max(score)) ** (1 / tau) for s in score]
    return [w / sum(weight) for w in weight]
