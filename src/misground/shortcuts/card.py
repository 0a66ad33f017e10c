"""Shortcuts on the dataset card of a new benchmark, and in the notes of its build."""

from typing import Final

from misground.benchmark.building.audit import Audit
from misground.benchmark.folder import Folder
from misground.benchmark.places import Place
from misground.shortcuts.intervals import FEWEST_CASES
from misground.shortcuts.measure import Shortcuts, measure
from misground.shortcuts.reading import read_built
from misground.shortcuts.scores import MARGIN
from misground.shortcuts.words import HEAD, cell_words, percent, summary, win

_ABOUT: Final = (
    "How often guessers are right that see no anatomy, each learned from the other cases (`misground "
    "shortcuts` lists all of them). *Knowledge* is an honest way to answer without the picture or with one "
    "mark, and a model should be compared with it. A *shortcut* should be at chance. The table shows the "
    "best of several, which is above chance by luck alone where there are few cases."
)


def audit_shortcuts(folder: Folder[Place]) -> Audit:
    """Measure the shortcuts of a benchmark that has just been built."""
    return audit(measure(read_built(folder)))


def audit(found: Shortcuts) -> Audit:
    """The note on shortcuts that win, and the section of the card."""
    table = [HEAD, ("---",) * len(HEAD), *map(summary, found.cells)]
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return Audit(notes(found), "\n\n".join(["## Shortcuts", _ABOUT, "\n".join(lines), _verdict(found)]))


def notes(found: Shortcuts) -> tuple[str, ...]:
    """One line on the guesser that wins most; none if none wins."""
    if not found.wins:
        return ()
    more = len(found.wins) - 1
    rest = f", and {more} more shortcuts" if more > 1 else ", and 1 more shortcut" if more else ""
    return (f"SHORTCUT: {win(found.wins[0])}{rest}; `misground shortcuts` lists all",)


def _verdict(found: Shortcuts) -> str:
    part = (
        f"Measured on {found.cases:,} of {found.all_cases:,} cases. " if found.cases < found.all_cases else ""
    )
    margin = f"{100 * MARGIN:.0f} points above its ceiling"
    if found.wins:
        named = "; ".join(
            f"{score.guesser} ({cell_words(score.cell)}: {percent(score.accuracy)})" for score in found.wins
        )
        return f"{part}More than {margin}, beyond doubt: {named}."
    if max((cell.cases for cell in found.cells), default=0) < FEWEST_CASES:
        return f"{part}No row has questions about {FEWEST_CASES} cases, so no guesser is said to win."
    return f"{part}No guesser is more than {margin} beyond doubt."
