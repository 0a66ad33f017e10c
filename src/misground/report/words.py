"""Numbers and levels as a reader sees them: percentages, points, intervals, k/n."""

import math
import re

from misground.analysis.accuracy import Estimate
from misground.analysis.comparisons import Comparison
from misground.analysis.robust import Robust
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


def span(differences: tuple[float, float] | None) -> str:
    """ "5.5 to 14.2 points" of two differences, "5.5 points" if they are alike, a dash for None."""
    if differences is None:
        return NONE
    low, high = (f"{100 * one:.1f}" for one in differences)
    return f"{low} points" if low == high else f"{low} to {high} points"


def robust(found: Robust, *, signed: bool = False) -> str:
    """The interval, or the bound of an accuracy, or the reason why there is neither."""
    ends = found.ends
    if ends is not None:
        return f"{points(ends[0])} to {points(ends[1])}" if signed else interval(*ends)
    bound = "" if found.bound is None else f"; bound {interval(*found.bound)}"
    return f"none: {found.dependence.reason}{bound}"


def evidence(found: Robust) -> str:
    """ "40 cases, 67 structures, 690 items"."""
    about = found.dependence
    counts = [(about.cases, "case"), (about.structures, "structure"), (about.items, "item")]
    told = [f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
    return ", ".join(told) + ("; for these structures alone" if about.fixed == about.structures > 0 else "")


def score(found: Robust) -> str:
    """The interval of a score that is no share, or the reason why there is none."""
    ends = found.ends
    return f"none: {found.dependence.reason}" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"


def correlation(value: float) -> str:
    """A correlation, never "-0.00"."""
    return f"{round(value, 2) + 0.0:.2f}"


def between(found: Robust) -> str:
    """The interval of a correlation, or the reason why there is none."""
    ends = found.ends
    return f"none: {found.dependence.reason}" if ends is None else " to ".join(map(correlation, ends))


def outcome(name: str) -> str:
    """An outcome in a reader's words: "no_answer" -> "no answer"."""
    return OUTCOME_WORDS.get(name, name)


def probability(value: float | None) -> str:
    """A probability; never shown as exactly 0 or 1, since it depends on a model. A dash for None."""
    if value is None:
        return NONE
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
    shown = ", ".join(LEVEL_WORDS.get(level, level.replace("_", " ")) for level in cell.split())
    return shown + colon + _WORD.sub(lambda word: LEVEL_WORDS.get(word[0], word[0]), difference)


def count(value: float) -> str:
    """A count, with one decimal if averaging over epochs makes it fractional."""
    return f"{value:.0f}" if abs(value - round(value)) < 1e-9 else f"{value:.1f}"


def unpaired(found: Comparison) -> str:
    """The number of unpaired questions on each side; "" if all are paired."""
    if not found.only_a and not found.only_b:
        return ""
    return f"{len(found.only_a)} of A, {len(found.only_b)} of B"
