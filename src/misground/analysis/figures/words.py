"""The words in a figure: names that come from users, levels of factors, counts.

Vega draws every string as text, so nothing is escaped here. What could break a picture are control
characters, which make the SVG unreadable, and names that are longer than their space.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from misground.analysis.results import Run
from misground.records import LEVEL_WORDS, OUTCOME_WORDS

LONGEST: Final = 36
"""Most characters of a name that fit into a legend or a panel's title."""


def level_word(level: str) -> str:
    """A level of a factor, or an outcome, in a reader's words."""
    return LEVEL_WORDS.get(level) or OUTCOME_WORDS.get(level) or plain(level.replace("_", " "))


def plain(text: str, longest: int = LONGEST) -> str:
    """Text on one line that can be drawn, with an ellipsis in the middle if it is too long.

    The middle is cut because the names of a model family differ at their ends: "Qwen… (semantic)".
    """
    shown = "".join(character if character.isprintable() else " " for character in text)
    shown = " ".join(shown.split()) or "unnamed"
    if len(shown) <= longest:
        return shown
    tail = (longest - 1) // 2
    return f"{shown[: longest - 1 - tail].rstrip()}…{shown[-tail:].lstrip()}"


def run_labels(runs: Sequence[Run], longest: int = LONGEST) -> list[str]:
    """A unique label for each run."""
    labels: list[str] = []
    for run in runs:
        label, again = plain(run.name, longest), 1
        while label in labels:
            again += 1
            mark = f" ({again})"
            label = plain(run.name, longest - len(mark)) + mark
        labels.append(label)
    return labels


def percent(share: float) -> str:
    """ "62%", without decimals."""
    return f"{share:.0%}"


def listed(parts: Iterable[str], most: int = 12) -> str:
    """The parts as a list within a sentence; those beyond `most` are only counted."""
    parts = list(parts)
    rest = len(parts) - most
    return "; ".join(parts[:most]) + (f"; and {rest} more" if rest > 0 else "")


def count_word(count: float) -> str:
    """A count, to one decimal unless it is a whole number."""
    return f"{count:.0f}" if abs(count - round(count)) < 1e-9 else f"{count:.1f}"


def span(counts: Sequence[int]) -> str:
    """ "16" or "16 to 48"."""
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"
