"""Numbers and levels as a reader sees them: percentages, points, intervals, k/n."""

import math
import re

from misground.analysis.accuracy import Estimate
from misground.analysis.clusters import Clustered
from misground.analysis.comparisons import Comparison
from misground.records import LEVEL_WORDS, OUTCOME_WORDS

NONE = "–"
FLAG = "†"
"""Stands after an accuracy for which many replies say nothing."""
_WORD = re.compile(r"\w+")


def percent(share: float | None) -> str:
    """0.534 -> "53.4%"; a dash for None and NaN."""
    return NONE if share is None or math.isnan(share) else f"{100 * share:.1f}%"


def points(difference: float) -> str:
    """0.131 -> "+13.1", in percentage points; never "-0.0"."""
    rounded = round(100 * difference, 1)
    return f"{rounded + 0.0:+.1f}" if rounded else "0.0"


def interval(low: float, high: float) -> str:
    """ "48.1 to 58.6", in percent."""
    return f"{100 * low:.1f} to {100 * high:.1f}"


def clustered(found: Clustered, *, signed: bool = False) -> str:
    """The interval with its number of clusters, or the reason why there is none."""
    if found.low is None or found.high is None:
        return f"none: {found.reason}"
    told = f"{points(found.low)} to {points(found.high)}" if signed else interval(found.low, found.high)
    return f"{told} ({found.clusters})"


def clustered_score(found: Clustered) -> str:
    """The interval of a score that is no share, with its number of clusters, or why there is none."""
    if found.low is None or found.high is None:
        return f"none: {found.reason}"
    return f"{found.low:.3f} to {found.high:.3f} ({found.clusters})"


def outcome(name: str) -> str:
    """An outcome in a reader's words: "no_answer" -> "no answer"."""
    return OUTCOME_WORDS.get(name, name)


def probability(value: float) -> str:
    """A posterior probability; never shown as exactly 0 or 1, since it is simulated or model-based."""
    if value > 0.999:
        return "> 0.999"
    if value < 0.001:
        return "< 0.001"
    return f"{value:.3f}"


def accuracy(found: Estimate) -> str:
    """ "53.4% (243/456)"."""
    return f"{percent(found.accuracy)} ({found.fraction})"


def level(name: str) -> str:
    """A level, or a cell of levels, in a reader's words: "anatomical storage" -> "anatomical, as stored"."""
    cell, colon, difference = name.partition(": ")
    shown = ", ".join(LEVEL_WORDS.get(level, level) for level in cell.split())
    return shown + colon + _WORD.sub(lambda word: LEVEL_WORDS.get(word[0], word[0]), difference)


def count(value: float) -> str:
    """A count, with one decimal if averaging over epochs makes it fractional."""
    return f"{value:.0f}" if abs(value - round(value)) < 1e-9 else f"{value:.1f}"


def unpaired(found: Comparison) -> str:
    """The number of unpaired questions on each side; "" if all are paired."""
    if not found.only_a and not found.only_b:
        return ""
    return f"{len(found.only_a)} of A, {len(found.only_b)} of B"
