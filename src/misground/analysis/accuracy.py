"""The accuracy of a model in a cell, with its uncertainty.

The unit of analysis is the question, whose score is the mean over its scored epochs. no_answer and refused
count as wrong; errors are excluded from n.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scorio.eval import avg_ci

from misground.analysis.clusters import Clustered, clustered_interval
from misground.analysis.dependence import Floats, Groups
from misground.analysis.robust import LEVEL, Ends, Robust, credible_interval, robust_accuracy

LIMIT_EPOCHS: Final = 3
"""With fewer epochs, the variation of a model's own replies cannot be estimated."""

FLAGGED: Final = 0.05
"""Share of replies without an answer, refused or cut above which an accuracy is flagged."""


@dataclass(frozen=True)
class Interval:
    """An interval from low to high, and the number of questions it is based on."""

    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Estimate:
    """Accuracy in a cell.

    Attributes:
        k: sum of the questions' means over epochs; a whole number if each question was asked once.
        n: questions with at least one scored reply.
        robust: interval for other cases and other structures, which every verdict and every figure uses.
        by_case: interval clustered by case alone, right only for these very structures.
        credible: central 95% interval of Beta(1 + k, 1 + n - k), right only if questions were independent.
        limit: interval of the limit over more samples of these very questions; None with fewer than three
            epochs.
        no_answer: share of scored replies without an answer, averaged over questions.
        refused: share of scored replies that are refusals, averaged over questions.
        error: share of errors among all calls.
        truncated: share of scored replies that were cut, averaged over questions.
    """

    k: float
    n: int
    robust: Robust
    by_case: Clustered
    credible: Ends
    limit: Interval | None
    no_answer: float
    refused: float
    error: float
    truncated: float = 0.0

    @property
    def flagged(self) -> bool:
        """Whether many replies say nothing, and count as wrong: the accuracy is then a mixture."""
        return max(self.no_answer, self.refused, self.truncated) > FLAGGED

    @property
    def accuracy(self) -> float:
        """k/n; NaN if nothing was scored."""
        return self.k / self.n if self.n else math.nan

    @property
    def fraction(self) -> str:
        """ "k/n", with k to one decimal unless it is a whole number."""
        whole = abs(self.k - round(self.k)) < 1e-9
        return f"{round(self.k) if whole else format(self.k, '.1f')}/{self.n}"


def sampling_limit(correct: NDArray[np.int8], level: float = LEVEL) -> Interval | None:
    """The accuracy that these very questions tend to over more samples: scorio's `avg_ci`.

    It is not the interval of another run, whose own epochs vary about that limit.

    Args:
        correct: (questions, epochs), 1 for correct, 0 for not correct, -1 for not scored. Only questions with
            a scored reply in every epoch are used.
        level: coverage of the interval.

    Returns:
        The interval; None if there are fewer than three epochs or no usable question.
    """
    if correct.ndim != 2 or correct.shape[1] < LIMIT_EPOCHS:
        return None
    whole = correct[(correct >= 0).all(axis=1)]
    if not len(whole):
        return None
    _, _, low, high = avg_ci(whole.astype(int), confidence=level, bounds=(0.0, 1.0))
    return Interval(low, high, len(whole))


def estimate(
    correct: Floats,
    replies: Floats,
    groups: Groups,
    *,
    no_answer: Floats,
    refused: Floats,
    errors: Floats,
    truncated: Floats | None = None,
    by_epoch: NDArray[np.int8] | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Accuracy on some questions of one run.

    Args:
        correct: (questions,) number of correct replies.
        replies: (questions,) number of scored replies.
        groups: what the questions belong to.
        no_answer: (questions,) number of replies without an answer, among `replies`.
        refused: (questions,) number of refusals, among `replies`.
        errors: (questions,) number of errors, not among `replies`.
        truncated: (questions,) number of replies that were cut, among `replies`; None if unknown.
        by_epoch: (questions, epochs) for `sampling_limit`; None for no such interval.
        level: coverage of the intervals.
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
        robust=robust_accuracy(means, groups.only(scored), level),
        by_case=clustered_interval(means, groups.cases[scored], bounds=(0.0, 1.0), level=level),
        credible=credible_interval(k, n, level),
        limit=None if by_epoch is None else sampling_limit(by_epoch, level),
        no_answer=share(no_answer),
        refused=share(refused),
        error=float(errors.sum()) / asked if asked else math.nan,
        truncated=0.0 if truncated is None else share(truncated),
    )
