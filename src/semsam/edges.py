"""The edges of a neighbour table as tensors: source, target and weight, (E,) each. No loop over edges."""

import torch
from torch import Tensor

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def has_reverse(source: Tensor, target: Tensor, vocab_size: int) -> Tensor:
    """(E,) bool, True where an edge leads the other way. An edge is a number, looked up among the sorted."""
    edges = (source * vocab_size + target).sort().values
    wanted = target * vocab_size + source
    if not edges.numel():
        return torch.zeros(0, dtype=torch.bool)
    return edges[torch.searchsorted(edges, wanted).clamp(max=edges.numel() - 1)] == wanted


def heavy_pairs(
    source: Tensor, target: Tensor, weight: Tensor, vocab_size: int, above: float
) -> tuple[Tensor, Tensor]:
    """The pairs joined by an edge of a weight above a bound, each once.

    Returns:
        pairs (P, 2) int64, the lower id first, and weights (P,), highest first, ties to the lower ids.
    """
    heavy = weight > above
    first, second = torch.minimum(source, target)[heavy], torch.maximum(source, target)[heavy]
    key = first * vocab_size + second
    order = key.argsort(stable=True)
    key, weight = key[order], weight[heavy][order]
    once = torch.ones_like(key, dtype=torch.bool)
    once[1:] = key[1:] != key[:-1]
    key, weight = key[once], weight[once]
    best = weight.argsort(descending=True, stable=True)
    key = key[best]
    return torch.stack([key // vocab_size, key % vocab_size], 1), weight[best]


def skewness(values: Tensor) -> float:
    """The skewness of all values (a population's, not corrected); 0 where they are all the same."""
    centred = values.double() - values.double().mean()
    variance = centred.square().mean()
    return float(centred.pow(3).mean() / variance.pow(1.5)) if bool(variance > 0) else 0.0


def quantiles(values: Tensor) -> tuple[float, ...]:
    """Quantiles at `QUANTILES`, interpolated; 0 where there are no values."""
    if not values.numel():
        return (0.0,) * len(QUANTILES)
    # torch.quantile refuses more than 16 million values.
    ordered = values.double().sort().values
    place = torch.tensor(QUANTILES, dtype=torch.float64) * (ordered.numel() - 1)
    low, high = ordered[place.floor().long()], ordered[place.ceil().long()]
    return tuple(torch.lerp(low, high, place - place.floor()).tolist())


def weights_by_rank(weights: Tensor, used: Tensor) -> list[Tensor]:
    """The weights of a table's edges, rank by rank: a row's edges, in its order, have ranks 1, 2, ...

    Args:
        weights: (V, k) floats. used: (V, k) bool, True where a cell is an edge.
    """
    edges_first = (~used).int().argsort(dim=1, stable=True)
    aligned, there = weights.gather(1, edges_first).T, used.gather(1, edges_first).T
    return [values[edges] for values, edges in zip(aligned, there, strict=True) if bool(edges.any())]
