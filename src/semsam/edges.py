"""The edges of a neighbour table as tensors: source, target and weight, each of shape (E,).

No function here loops over edges.
"""

import torch
from torch import Tensor

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def has_reverse(source: Tensor, target: Tensor, vocab_size: int) -> Tensor:
    """Find out which edges have an edge in the opposite direction.

    Args:
        source: (E,) int64, ids that edges start at.
        target: (E,) int64, ids that they lead to.
        vocab_size: V, the number of tokens.

    Returns:
        (E,) bool.

    Examples:
        >>> has_reverse(torch.tensor([0, 1, 1]), torch.tensor([1, 0, 2]), vocab_size=3)
        tensor([ True,  True, False])
    """
    # An edge is one number, which is looked up among the sorted ones.
    edges = (source * vocab_size + target).sort().values
    wanted = target * vocab_size + source
    if not edges.numel():
        return torch.zeros(0, dtype=torch.bool)
    return edges[torch.searchsorted(edges, wanted).clamp(max=edges.numel() - 1)] == wanted


def heavy_pairs(
    source: Tensor, target: Tensor, weight: Tensor, vocab_size: int, above: float
) -> tuple[Tensor, Tensor]:
    """Find the pairs of tokens joined by an edge whose weight is above a bound, each pair once.

    Args:
        source: (E,) int64, ids that edges start at.
        target: (E,) int64, ids that they lead to.
        weight: (E,) floats, weights of the edges.
        vocab_size: V, the number of tokens.
        above: Bound of the weight.

    Returns:
        Pairs (P, 2) int64, the lower id first, and weights (P,), largest first, ties to the lower ids.

    Examples:
        >>> source, target = torch.tensor([0, 1, 1]), torch.tensor([1, 0, 2])
        >>> heavy_pairs(source, target, torch.tensor([0.75, 0.75, 0.25]), vocab_size=3, above=0.5)
        (tensor([[0, 1]]), tensor([0.7500]))
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
    """Return the skewness of values as a whole population (not corrected for a sample).

    Args:
        values: Numbers of any shape.

    Returns:
        The skewness; 0 if all values are the same.

    Examples:
        >>> skewness(torch.tensor([1, 2, 3]))
        0.0
    """
    centred = values.double() - values.double().mean()
    variance = centred.square().mean()
    return float(centred.pow(3).mean() / variance.pow(1.5)) if bool(variance > 0) else 0.0


def quantiles(values: Tensor) -> tuple[float, ...]:
    """Return the quantiles at `QUANTILES`, interpolated linearly.

    Args:
        values: (N,) numbers.

    Returns:
        A number for each of `QUANTILES`; all 0 if there are no values.

    Examples:
        >>> quantiles(torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]))[3]
        2.0
    """
    if not values.numel():
        return (0.0,) * len(QUANTILES)
    # torch.quantile refuses more than 16 million values.
    ordered = values.double().sort().values
    place = torch.tensor(QUANTILES, dtype=torch.float64) * (ordered.numel() - 1)
    low, high = ordered[place.floor().long()], ordered[place.ceil().long()]
    return tuple(torch.lerp(low, high, place - place.floor()).tolist())


def weights_by_rank(weights: Tensor, used: Tensor) -> list[Tensor]:
    """Group the weights of a table's edges by rank: a row's edges, in its order, have ranks 1, 2, ...

    Args:
        weights: (V, k) floats.
        used: (V, k) bool, True for cells that are edges.

    Returns:
        For each rank that occurs, the weights of its edges.
    """
    edges_first = (~used).int().argsort(dim=1, stable=True)
    aligned, there = weights.gather(1, edges_first).T, used.gather(1, edges_first).T
    return [values[edges] for values, edges in zip(aligned, there, strict=True) if bool(edges.any())]
