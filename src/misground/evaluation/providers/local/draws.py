"""Drawing tokens, each row by its own logits and random numbers, independently of the rest of the batch.

The declared sampler applies the temperature, then the nucleus of top_p, and no top-k. One uniform number per
row and step picks a token by the inverse of the cumulative distribution over the nucleus, ordered by logit,
highest first; of equal logits, the lower id comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import MinPLogitsWarper

from semsam.selection import top_entries

WIDTHS = (64, 1024)  # numbers of highest entries to try first: sorting a whole vocabulary is slow
BLOCK = 64
_NO_IDS: Any = torch.zeros(0, dtype=torch.long)  # the warper takes the tokens so far, and does not read them


@dataclass(frozen=True, slots=True)
class Sampler:
    """Settings of a sampler.

    Attributes:
        temperature: Divides the logits; 0 takes the highest.
        top_p: Probability mass of the nucleus, in (0, 1]; 1 keeps every token.
        min_p: Least probability of a token, as a share of the likeliest one's; 0 keeps every token.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0


def draw(logits: Tensor, sampler: Sampler, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a token for each row.

    Args:
        logits: (B, V) floats, -inf for tokens that are ruled out.
        sampler: Sampler of all rows.
        noise: (B,) in [0, 1), one uniform number per row.

    Returns:
        tokens: (B,) int64.
        valid: (B,) bool, False for a row with NaN, +inf or nothing finite, whose token means nothing.
    """
    temperature = sampler.temperature or 1.0
    x = logits.float()
    if sampler.min_p and sampler.temperature:
        cut = MinPLogitsWarper(sampler.min_p)(_NO_IDS, x / temperature)
        x = x.masked_fill(cut == -torch.inf, -torch.inf)
    exact = torch.float32 if x.device.type == "mps" else torch.float64
    peak = x.amax(1, keepdim=True)
    total = ((x - peak) / temperature).exp_().sum(1, keepdim=True, dtype=exact)
    valid = total.isfinite().squeeze(1)
    if sampler.temperature == 0:
        return top_entries(x, 1)[1].squeeze(1), valid
    top_p = sampler.top_p if sampler.top_p < 1 else torch.inf
    for width in (*WIDTHS, x.shape[1]):
        values, ids = top_entries(x, width)
        p = ((values - peak) / temperature).exp().to(exact) / total
        mass = p.cumsum(1)
        if width >= x.shape[1] or bool(((mass[:, -1] >= top_p) | (p[:, -1] == 0) | ~valid).all()):
            break
    kept = p.masked_fill(mass - p >= top_p, 0)  # an entry is in the nucleus if those before it sum to less
    reached = kept.cumsum(1)
    place = (reached <= noise.to(exact).unsqueeze(1) * reached[:, -1:]).sum(1, keepdim=True)
    last = (kept > 0).sum(1, keepdim=True) - 1
    return ids.gather(1, torch.minimum(place, last).clamp(min=0)).squeeze(1), valid


class Noise:
    """Uniform numbers for B rows, step by step, each row from its own generator.

    Args:
        seeds: One seed per row, at least 0; equal seeds give equal numbers.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [np.random.Generator(np.random.Philox(key=seed)) for seed in seeds]
        self._block = torch.empty(0, 0)
        self._at = 0

    def next(self, device: torch.device) -> Tensor:
        """Return the (B,) numbers in [0, 1) of the next step, in float64, or float32 on Apple's GPU."""
        if self._at == self._block.shape[1]:
            numbers = np.stack([generator.random(BLOCK) for generator in self._generators])
            dtype = torch.float32 if device.type == "mps" else torch.float64
            self._block, self._at = torch.from_numpy(numbers).to(device, dtype), 0
        self._at += 1
        return self._block[:, self._at - 1]
