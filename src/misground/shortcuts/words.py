"""Cells, shares and scores in a reader's words."""

from collections.abc import Sequence
from typing import Final

from misground.records import LEVEL_WORDS
from misground.shortcuts.scores import Cell, Score

NONE: Final = "–"


def cell_words(cell: Sequence[str]) -> str:
    """ "cross-slice, with picture, colloquial, CT"."""
    return ", ".join(LEVEL_WORDS.get(level, level) for level in cell)


def percent(share: float) -> str:
    """ "97%"."""
    return f"{100 * share:.0f}%"


def interval(score: Score) -> str:
    """ "94 to 99%", or a dash."""
    if score.low is None or score.high is None:
        return NONE
    return f"{100 * score.low:.0f} to {100 * score.high:.0f}%"


def accuracy(score: Score | None) -> str:
    """ "97% mark A"; a dash if there is no such guesser, or none that is above chance."""
    if score is None or score.above <= 0:
        return NONE
    return f"{percent(score.accuracy)} {score.guesser}"


def win(score: Score) -> str:
    """A sentence, without its full stop, on a guesser that wins."""
    return (
        f"a guesser that sees {score.sees} answers {percent(score.accuracy)} (95% interval "
        f"{interval(score)}) of these questions instead of {percent(score.ceiling)}: "
        f"{cell_words(score.cell)}"
    )


HEAD: Final = ("questions", "cases", "chance", "knowledge", "shortcut", "95% interval")
"""The columns of `summary`."""


def summary(cell: Cell) -> tuple[str, str, str, str, str, str]:
    """A cell in one row: its best guesser by knowledge, and its best guesser by a leak."""
    leak = cell.best("leak")
    return (
        cell_words(cell.name),
        f"{cell.cases:,}",
        percent(cell.chance),
        accuracy(cell.best("knowledge")),
        accuracy(leak),
        NONE if leak is None or leak.above <= 0 else interval(leak),
    )
