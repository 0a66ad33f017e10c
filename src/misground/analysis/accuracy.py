"""How often a model is right in a cell, with what the number does and does not say.

The unit is the question: the mean over the epochs that were answered. no_answer and refused are wrong; an
error is in no n.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scorio.eval import avg_ci

from misground.analysis.clusters import LEVEL, Clustered, Floats, Indices, clustered_interval

NOISE_EPOCHS: Final = 3
"""Fewer epochs say too little of how much a model varies by itself."""


@dataclass(frozen=True)
class Interval:
    """From low to high, and how many questions it rests on."""

    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Estimate:
    """Accuracy in a cell.

    n: questions with an answer to score. k: the sum of their means over epochs, a whole number where each was
    asked once. credible: Beta(1 + k, 1 + n - k). clustered: allows for questions that hang together.
    noise: of decoding, on these very questions; None where fewer than three epochs. no_answer, refused:
    shares of the scored replies' questions. error: share of all replies.
    """

    k: float
    n: int
    credible: tuple[float, float]
    clustered: Clustered
    noise: Interval | None
    no_answer: float
    refused: float
    error: float

    @property
    def accuracy(self) -> float:
        """k/n; NaN where nothing was scored."""
        return self.k / self.n if self.n else math.nan

    @property
    def fraction(self) -> str:
        """ "k/n", k to one decimal where it is no whole number."""
        whole = abs(self.k - round(self.k)) < 1e-9
        return f"{round(self.k) if whole else format(self.k, '.1f')}/{self.n}"


def credible_interval(k: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """The central interval of Beta(1 + k, 1 + n - k): a uniform prior, k right of n."""
    tail = (1 - level) / 2
    posterior = stats.beta(1 + k, 1 + n - k)
    return float(posterior.ppf(tail)), float(posterior.ppf(1 - tail))


def decoding_noise(correct: NDArray[np.int8], level: float = LEVEL) -> Interval | None:
    """How far another run of the same questions may lie from this one: scorio's `avg_ci`.

    Args:
        correct: (questions, epochs) 1 right, 0 not, -1 not answered. Only questions with a reply in every
            epoch count.
    """
    if correct.ndim != 2 or correct.shape[1] < NOISE_EPOCHS:
        return None
    whole = correct[(correct >= 0).all(axis=1)]
    if not len(whole):
        return None
    _, _, low, high = avg_ci(whole.astype(int), confidence=level, bounds=(0.0, 1.0))
    return Interval(low, high, len(whole))


def estimate(
    correct: Floats,
    replies: Floats,
    clusters: Indices,
    *,
    no_answer: Floats,
    refused: Floats,
    errors: Floats,
    by_epoch: NDArray[np.int8] | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Accuracy of some questions of one run.

    Args:
        correct, replies: (questions,) right replies, and replies that were scored.
        clusters: (questions,) see `clustered_interval`.
        no_answer, refused, errors: (questions,) replies of each kind; errors are not among `replies`.
        by_epoch: (questions, epochs) as `decoding_noise` takes it.
    """
    scored = replies > 0
    n = int(scored.sum())
    means = correct[scored] / replies[scored]
    k = float(means.sum())
    asked = float(replies.sum() + errors.sum())

    def share(kind: Floats) -> float:
        return float((kind[scored] / replies[scored]).mean()) if n else math.nan

    return Estimate(
        k=k,
        n=n,
        credible=credible_interval(k, n, level),
        clustered=clustered_interval(means, clusters[scored], bounds=(0.0, 1.0), level=level),
        noise=None if by_epoch is None else decoding_noise(by_epoch, level),
        no_answer=share(no_answer),
        refused=share(refused),
        error=float(errors.sum()) / asked if asked else math.nan,
    )
