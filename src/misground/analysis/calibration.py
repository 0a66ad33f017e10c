"""Calibration: whether a model is right as often as it is confident.

The calibration error is the expected one (ECE) of Naeini, Cooper and Hauskrecht (2015, "Obtaining well
calibrated probabilities using Bayesian binning") in bins of equal mass: questions sorted by confidence, as
many in each bin. The score is Brier's of 1950, summed over the options: 0 is best, 2 worst, and equal
probabilities give 0.5 with two options, 2/3 with three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from misground.analysis.dependence import Floats, Groups
from misground.analysis.robust import Robust, robust_accuracy, robust_mean

BINS: Final = 10
SMALLEST_BIN: Final = 10
"""Questions in a bin, where there are enough for two bins (our choice)."""


@dataclass(frozen=True)
class Bin:
    """Questions of similar confidence.

    Attributes:
        confidence: mean confidence.
        right: share of them whose likeliest option is right.
        low: lowest confidence.
        high: highest confidence.
        n: number of questions.
        interval: interval of `right`.
    """

    confidence: float
    right: float
    low: float
    high: float
    n: int
    interval: Robust


@dataclass(frozen=True)
class Calibration:
    """The calibration of a run in a cell.

    Attributes:
        n: number of questions.
        confidence: mean probability of the likeliest option.
        right: share of questions whose likeliest option is right.
        brier: mean Brier score.
        brier_interval: its interval.
        error: expected calibration error.
        error_interval: its interval, given the bins and the sign of each bin's gap.
        bins: the bins, by increasing confidence.
    """

    n: int
    confidence: float
    right: float
    brier: float
    brier_interval: Robust
    error: float
    error_interval: Robust
    bins: Sequence[Bin]


def calibration(confidence: Floats, right: Floats, brier: Floats, groups: Groups) -> Calibration:
    """The calibration on some questions.

    Args:
        confidence: (n,) probability of the likeliest option of each question, n at least 1.
        right: (n,) 1 where that option is right, 0 where it is not, or a mean over epochs.
        brier: (n,) Brier score of each question.
        groups: what the questions belong to.
    """
    n = len(confidence)
    order = np.argsort(confidence, kind="stable")
    places = np.array_split(order, max(1, min(BINS, n // SMALLEST_BIN)))
    bins = [_bin(confidence[at], right[at], groups.only(at)) for at in places]
    gaps = np.zeros(n)
    for at in places:
        difference = confidence[at] - right[at]
        gaps[at] = difference * np.sign(difference.mean())
    return Calibration(
        n=n,
        confidence=float(confidence.mean()),
        right=float(right.mean()),
        brier=float(brier.mean()),
        brier_interval=robust_mean(brier, groups, (0.0, 2.0)),
        error=float(gaps.mean()),
        error_interval=robust_mean(gaps, groups, (0.0, 1.0)),
        bins=bins,
    )


def _bin(confidence: Floats, right: Floats, groups: Groups) -> Bin:
    return Bin(
        confidence=float(confidence.mean()),
        right=float(right.mean()),
        low=float(confidence.min()),
        high=float(confidence.max()),
        n=len(confidence),
        interval=robust_accuracy(right, groups),
    )
